// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"
	"strings"
)

// Permission names what a route or a command does. API tokens carry them as scopes.
type Permission string

// The permissions. [Public] routes need no sign-in, [SignedIn] ones any person: not an API
// token, which could otherwise give its holder a passkey of the account. [SettingUp] is SignedIn
// for the few pages that are open to a person whom the firm's rule still wants to set up a second factor.
const (
	Public         Permission = "public"
	SettingUp      Permission = "setting-up"
	SignedIn       Permission = "signed-in"
	ClientsRead    Permission = "clients:read"
	ClientsWrite   Permission = "clients:write"
	ClientsMerge   Permission = "clients:merge"
	BooksRead      Permission = "books:read"
	BooksImport    Permission = "books:import"
	JourneyRead    Permission = "journey:read"
	JourneyAnswer  Permission = "journey:answer" // answers, thresholds, tiers
	Export         Permission = "export"
	FirmManage     Permission = "firm:manage" // settings of the firm
	UsersManage    Permission = "users:manage"
	AuditRead      Permission = "audit:read"
	TicketsRead    Permission = "tickets:read"
	TicketsWrite   Permission = "tickets:write"
	DeskManage     Permission = "desk:manage" // boards, statuses, service levels
	WorklogRead    Permission = "worklog:read"
	WorklogWrite   Permission = "worklog:write"   // one's own time
	WorklogApprove Permission = "worklog:approve" // and everybody's
	WorklogRates   Permission = "worklog:rates"   // rate cards and kinds of work
	KnowledgeRead  Permission = "knowledge:read"  // articles, documents and what runs out
	KnowledgeWrite Permission = "knowledge:write"
	SecretsRead    Permission = "secrets:read" // credentials; every reading is audited
	SecretsWrite   Permission = "secrets:write"

	SeriesRead  Permission = "series:read"  // time series by the Prometheus API
	SeriesWrite Permission = "series:write" // remote write and OTLP

	CatalogueRead   Permission = "catalogue:read" // items, prices, plans
	CatalogueWrite  Permission = "catalogue:write"
	AgreementsRead  Permission = "agreements:read" // agreements and quotes, with their prices
	AgreementsWrite Permission = "agreements:write"
	BillingRead     Permission = "billing:read"   // runs, invoices, payments, profit
	BillingRun      Permission = "billing:run"    // run, edit drafts, issue, credit
	BillingManage   Permission = "billing:manage" // taxes, number series, what stands on invoices
	PaymentsWrite   Permission = "payments:write" // payments, bank files, reminders
	DevicesRead     Permission = "devices:read"   // the fleet, inventory and what changed
	DevicesWrite    Permission = "devices:write"  // enrol, edit, retire

	NetworkRead  Permission = "network:read"  // services that are watched from outside
	NetworkWrite Permission = "network:write" // what is watched, and who looks

	AlertsRead  Permission = "alerts:read"  // alerts, rules and who is on call
	AlertsWrite Permission = "alerts:write" // acknowledge, snooze, mute, maintenance
	AlertsRules Permission = "alerts:rules" // rules, chains, schedules, receivers

	// What people of clients may do in the portal. Nobody of the firm has these, and no token.
	PortalUse     Permission = "portal:use"     // be in: their tickets and their account
	PortalApprove Permission = "portal:approve" // say yes or no to what the firm asks
	PortalBilling Permission = "portal:billing" // what is charged to the client
)

// Role is what a person is in the firm.
type Role string

// The roles, from most to least.
const (
	Owner      Role = "owner"
	Manager    Role = "manager"
	Technician Role = "technician"
	Billing    Role = "billing"
	ReadOnly   Role = "read-only"
)

// Roles lists the roles in the order in which pages show them.
func Roles() []Role { return []Role{Owner, Manager, Technician, Billing, ReadOnly} }

// grants is the whole table of permissions: a row per permission, the roles that have it.
// Owner has all of them but those of the portal, which are of clients' people only.
func grants() map[Permission][]Role {
	return map[Permission][]Role{
		SettingUp:      {Owner, Manager, Technician, Billing, ReadOnly},
		SignedIn:       {Owner, Manager, Technician, Billing, ReadOnly},
		ClientsRead:    {Owner, Manager, Technician, Billing, ReadOnly},
		ClientsWrite:   {Owner, Manager, Technician, Billing},
		ClientsMerge:   {Owner, Manager},
		BooksRead:      {Owner, Manager, Billing, ReadOnly},
		BooksImport:    {Owner, Manager, Billing},
		JourneyRead:    {Owner, Manager, Billing, ReadOnly},
		JourneyAnswer:  {Owner, Manager},
		Export:         {Owner, Manager, Billing},
		FirmManage:     {Owner, Manager},
		UsersManage:    {Owner},
		AuditRead:      {Owner, Manager},
		TicketsRead:    {Owner, Manager, Technician, Billing, ReadOnly},
		TicketsWrite:   {Owner, Manager, Technician},
		DeskManage:     {Owner, Manager},
		WorklogRead:    {Owner, Manager, Technician, Billing, ReadOnly},
		WorklogWrite:   {Owner, Manager, Technician},
		WorklogApprove: {Owner, Manager},
		WorklogRates:   {Owner, Manager},
		KnowledgeRead:  {Owner, Manager, Technician, Billing, ReadOnly},
		KnowledgeWrite: {Owner, Manager, Technician},
		SecretsRead:    {Owner, Manager, Technician},
		SecretsWrite:   {Owner, Manager, Technician},

		SeriesRead:  {Owner, Manager, Technician, ReadOnly},
		SeriesWrite: {Owner, Manager, Technician},

		CatalogueRead:   {Owner, Manager, Technician, Billing, ReadOnly},
		CatalogueWrite:  {Owner, Manager},
		AgreementsRead:  {Owner, Manager, Billing, ReadOnly},
		AgreementsWrite: {Owner, Manager},
		BillingRead:     {Owner, Manager, Billing, ReadOnly},
		BillingRun:      {Owner, Manager, Billing},
		BillingManage:   {Owner, Manager},
		PaymentsWrite:   {Owner, Manager, Billing},

		DevicesRead:  {Owner, Manager, Technician, Billing, ReadOnly},
		DevicesWrite: {Owner, Manager, Technician},
		NetworkRead:  {Owner, Manager, Technician, Billing, ReadOnly},
		NetworkWrite: {Owner, Manager, Technician},
		AlertsRead:   {Owner, Manager, Technician, ReadOnly},
		AlertsWrite:  {Owner, Manager, Technician},
		AlertsRules:  {Owner, Manager},

		PortalUse:     {},
		PortalApprove: {},
		PortalBilling: {},
	}
}

// Permissions lists what can be granted, sorted: the scopes of an API token.
func Permissions() []Permission {
	var out []Permission
	for p := range grants() {
		if p != SignedIn && p != SettingUp && !p.OfPortal() {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// OfPortal reports whether p is one of the permissions of clients' people.
func (p Permission) OfPortal() bool { return strings.HasPrefix(string(p), "portal:") }

// OfSeries reports whether p is one of the permissions on time series, the only ones that a token for some clients can have.
func (p Permission) OfSeries() bool { return p == SeriesRead || p == SeriesWrite }

// RolesWith returns the roles that have p.
func RolesWith(p Permission) []Role { return grants()[p] }

// ParseRole returns the role of that name, or false.
func ParseRole(s string) (Role, bool) {
	r := Role(s)
	return r, slices.Contains(Roles(), r)
}

// May reports whether the identity has p: by role and, for an API token, also by
// the token's scopes. Whoever lacks a second factor that the firm's rule wants may only set it up.
func (id *Identity) May(p Permission) bool {
	if p == Public {
		return true
	}
	if id != nil && id.Person != 0 {
		return p.OfPortal() && (p == PortalUse || slices.Contains(id.Rights, p))
	}
	if id == nil || !slices.Contains(grants()[p], id.Role) || id.Lacks != LacksNothing && p != SettingUp {
		return false
	}
	if len(id.Clients) > 0 && !p.OfSeries() {
		return false
	}
	return !id.ByToken || slices.Contains(id.Scopes, p)
}

func joinScopes(ps []Permission) string {
	var b []string
	for _, p := range ps {
		b = append(b, string(p))
	}
	return strings.Join(b, " ")
}

func splitScopes(s string) []Permission {
	var out []Permission
	for _, p := range strings.Fields(s) {
		out = append(out, Permission(p))
	}
	return out
}
