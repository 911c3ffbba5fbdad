// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func anyError(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	return locale.From(ctx).Fault(err)
}

func roleName(ctx context.Context, r access.Role) string {
	switch r {
	case access.Owner:
		return locale.T(ctx, "Owner")
	case access.Manager:
		return locale.T(ctx, "Manager")
	case access.Technician:
		return locale.T(ctx, "Technician")
	case access.Billing:
		return locale.T(ctx, "Billing")
	}
	return locale.T(ctx, "Read-only")
}

func roleText(ctx context.Context, r access.Role) string {
	switch r {
	case access.Owner:
		return locale.T(ctx, "Everything, people and their roles included.")
	case access.Manager:
		return locale.T(ctx, "The whole business, but not people and their roles.")
	case access.Technician:
		return locale.T(ctx, "Clients; no books and no journey.")
	case access.Billing:
		return locale.T(ctx, "Clients and books; reads the journey.")
	}
	return locale.T(ctx, "Reads clients, books and journey; changes nothing.")
}

func scopeName(ctx context.Context, p access.Permission) string {
	switch p {
	case access.ClientsRead:
		return locale.T(ctx, "Read clients")
	case access.ClientsWrite:
		return locale.T(ctx, "Change clients")
	case access.ClientsMerge:
		return locale.T(ctx, "Merge clients")
	case access.BooksRead:
		return locale.T(ctx, "Read the books")
	case access.BooksImport:
		return locale.T(ctx, "Import into the books")
	case access.JourneyRead:
		return locale.T(ctx, "Read the journey")
	case access.JourneyAnswer:
		return locale.T(ctx, "Answer questions, change thresholds")
	case access.Export:
		return locale.T(ctx, "Export data")
	case access.FirmManage:
		return locale.T(ctx, "Change the firm's settings")
	case access.UsersManage:
		return locale.T(ctx, "Manage people and roles")
	case access.AuditRead:
		return locale.T(ctx, "Read the audit trail")
	case access.TicketsRead:
		return locale.T(ctx, "Read tickets")
	case access.TicketsWrite:
		return locale.T(ctx, "Work on tickets")
	case access.DeskManage:
		return locale.T(ctx, "Boards, service levels, mailboxes and planned work")
	case access.WorklogRead:
		return locale.T(ctx, "Read time and materials")
	case access.WorklogWrite:
		return locale.T(ctx, "Enter one's own time and materials")
	case access.WorklogApprove:
		return locale.T(ctx, "Approve and change everybody's time")
	case access.WorklogRates:
		return locale.T(ctx, "Change rate cards and kinds of work")
	case access.KnowledgeRead:
		return locale.T(ctx, "Read articles, documents and what runs out")
	case access.KnowledgeWrite:
		return locale.T(ctx, "Write articles, documents and what runs out")
	case access.SecretsRead:
		return locale.T(ctx, "Read credentials")
	case access.SecretsWrite:
		return locale.T(ctx, "Change credentials")
	case access.SeriesRead:
		return locale.T(ctx, "Read time series")
	case access.SeriesWrite:
		return locale.T(ctx, "Write time series")
	case access.CatalogueRead:
		return locale.T(ctx, "Read the catalogue")
	case access.CatalogueWrite:
		return locale.T(ctx, "Change the catalogue, its prices and plans")
	case access.AgreementsRead:
		return locale.T(ctx, "Read agreements and quotes")
	case access.AgreementsWrite:
		return locale.T(ctx, "Change agreements and quotes")
	case access.BillingRead:
		return locale.T(ctx, "Read invoices, payments and profit")
	case access.BillingRun:
		return locale.T(ctx, "Run billing, issue and credit invoices")
	case access.BillingManage:
		return locale.T(ctx, "Change taxes, number series and what stands on invoices")
	case access.PaymentsWrite:
		return locale.T(ctx, "Record payments, read bank files, remind")
	case access.DevicesRead:
		return locale.T(ctx, "Read devices and their inventory")
	case access.DevicesWrite:
		return locale.T(ctx, "Enrol, change and retire devices")
	case access.NetworkRead:
		return locale.T(ctx, "Read what is watched from outside")
	case access.NetworkWrite:
		return locale.T(ctx, "Choose what is watched from outside, and who looks")
	case access.AlertsRead:
		return locale.T(ctx, "Read alerts and rules")
	case access.AlertsWrite:
		return locale.T(ctx, "Work on alerts, mute, plan maintenance")
	case access.AlertsRules:
		return locale.T(ctx, "Change rules of alerts and who is called")
	}
	return string(p)
}

// actionName says an action of the audit trail in words; ok is false for one that it does not know.
func actionName(ctx context.Context, action string) (text string, ok bool) {
	key, ok := map[string]string{
		"access.owner":                locale.Key("set up the owner"),
		"monitoring.rule":             locale.Key("changed a rule of alerts"),
		"monitoring.rule-off":         locale.Key("switched a rule of alerts off"),
		"monitoring.rule-back":        locale.Key("took back a change of a rule of alerts"),
		"monitoring.check":            locale.Key("changed a check of devices"),
		"monitoring.check-drop":       locale.Key("removed a check of devices"),
		"monitoring.window":           locale.Key("planned maintenance"),
		"monitoring.window-drop":      locale.Key("removed a maintenance window"),
		"monitoring.board":            locale.Key("made a link for a screen"),
		"monitoring.board-drop":       locale.Key("revoked the link of a screen"),
		"monitoring.mute":             locale.Key("muted alerts"),
		"monitoring.unmute":           locale.Key("ended a mute"),
		"monitoring.schedule":         locale.Key("changed an on-call schedule"),
		"monitoring.schedule-drop":    locale.Key("removed an on-call schedule"),
		"monitoring.override":         locale.Key("put somebody else on call for a time"),
		"monitoring.override-drop":    locale.Key("took back who was put on call"),
		"monitoring.chain":            locale.Key("changed who is called for alerts"),
		"monitoring.chain-drop":       locale.Key("removed a chain of calls"),
		"monitoring.hook":             locale.Key("changed a receiver of messages"),
		"monitoring.hook-drop":        locale.Key("removed a receiver of messages"),
		"mailroom.mailbox":            locale.Key("changed a mailbox"),
		"mailroom.sender":             locale.Key("changed a rule about senders"),
		"portal.status":               locale.Key("changed what a client sees of its systems' state"),
		"portal.settings":             locale.Key("changed the settings of the client portal"),
		"portal.rights":               locale.Key("changed what a client's person may do in the portal"),
		"portal.invite":               locale.Key("invited a client's person into the portal"),
		"portal.sign-in":              locale.Key("came into the client portal"),
		"portal.sign-in-failed":       locale.Key("failed to sign in to the client portal"),
		"portal.sign-out-all":         locale.Key("ended all sessions in the client portal"),
		"portal.password":             locale.Key("changed a password of the client portal"),
		"portal.sign-on":              locale.Key("changed a client's single sign-on"),
		"portal.approval-asked":       locale.Key("asked a client for an approval"),
		"portal.approval-withdrawn":   locale.Key("withdrew a question for approval"),
		"portal.approved":             locale.Key("approved what was asked"),
		"portal.declined":             locale.Key("declined what was asked"),
		"mailroom.reject":             locale.Key("put a mail aside"),
		"mailroom.retry":              locale.Key("sent a mail again"),
		"access.invite":               locale.Key("followed an invitation"),
		"access.reset":                locale.Key("set a new password by link"),
		"access.link":                 locale.Key("made a one-time link"),
		"access.sign-in":              locale.Key("signed in"),
		"access.sign-in-failed":       locale.Key("failed to sign in"),
		"access.sign-out":             locale.Key("ended a session"),
		"access.sign-out-others":      locale.Key("ended all other sessions"),
		"access.second-factor":        locale.Key("gave the second factor"),
		"access.password":             locale.Key("changed the password"),
		"access.totp-on":              locale.Key("turned the authenticator app on"),
		"access.totp-off":             locale.Key("turned the authenticator app off"),
		"access.passkey-added":        locale.Key("added a passkey"),
		"access.passkey-used":         locale.Key("used a passkey"),
		"access.passkey-removed":      locale.Key("removed a passkey"),
		"access.identity-linked":      locale.Key("linked single sign-on"),
		"access.token-made":           locale.Key("made an API token"),
		"access.token-removed":        locale.Key("removed an API token"),
		"access.profile":              locale.Key("changed the profile"),
		"access.role":                 locale.Key("changed a role"),
		"access.invitation-withdrawn": locale.Key("withdrew an invitation"),
		"access.confirmed":            locale.Key("confirmed who they are"),
		"access.notices-seen":         locale.Key("put notices about the account away"),
		"access.factor-rule":          locale.Key("changed the rule on second factors"),
		"access.refused":              locale.Key("was refused"),
		"access.provider-sign-out":    locale.Key("was signed out by the single sign-on provider"),
		"audit.sealed":                locale.Key("began to seal the audit trail"),
		"audit.cut":                   locale.Key("found the audit trail cut"),
		"webhook.made":                locale.Key("added a webhook"),
		"webhook.changed":             locale.Key("changed a webhook"),
		"webhook.secret":              locale.Key("made a new secret of a webhook"),
		"webhook.removed":             locale.Key("removed a webhook"),
		"webhook.resent":              locale.Key("sent an event again"),
		"webhook.off":                 locale.Key("switched a webhook off by itself"),
		"knowledge.article":           locale.Key("wrote an article"),
		"knowledge.article.removed":   locale.Key("deleted an article"),
		"knowledge.credential":        locale.Key("wrote a credential"),
		"knowledge.credential.read":   locale.Key("read a credential"),
		"knowledge.credential.gone":   locale.Key("deleted a credential"),
		"knowledge.share":             locale.Key("made a link that opens once"),
		"knowledge.share.opened":      locale.Key("opened a link that opens once"),
		"knowledge.share.refused":     locale.Key("gave a wrong passphrase for a link"),
		"knowledge.share.recalled":    locale.Key("took a link back"),
		"knowledge.record":            locale.Key("wrote what runs out"),
		"knowledge.record.removed":    locale.Key("deleted what runs out"),
		"knowledge.leads":             locale.Key("changed when is reminded"),
		"secrets.rotated":             locale.Key("changed the key of stored secrets"),
		"agreements.created":          locale.Key("drafted an agreement"),
		"agreements.changed":          locale.Key("changed the draft of an agreement"),
		"agreements.discarded":        locale.Key("discarded the draft of an agreement"),
		"agreements.activated":        locale.Key("activated an agreement"),
		"agreements.amended":          locale.Key("amended an agreement"),
		"agreements.ended":            locale.Key("set or took back the last day of an agreement"),
		"agreements.cancelled":        locale.Key("cancelled an agreement"),
		"agreements.papers":           locale.Key("changed the papers of an agreement"),
		"agreements.raised":           locale.Key("raised the prices of an agreement"),
		"agreements.renewed":          locale.Key("began another term of an agreement"),
		"agreements.bought":           locale.Key("sold a block for an allowance"),
		"insight.hour-cost":           locale.Key("entered what an hour costs"),
		"vendors.made":                locale.Key("named a vendor"),
		"vendors.sent":                locale.Key("sent in a vendor's file"),
		"vendors.taken":               locale.Key("took in a vendor's bill"),
		"vendors.removed":             locale.Key("removed a vendor's bill"),
		"vendors.client":              locale.Key("said which client a vendor means"),
		"vendors.item":                locale.Key("said which item a vendor means"),
		"vendors.matched":             locale.Key("had a vendor's names matched"),
		"vendors.acknowledged":        locale.Key("acknowledged a difference of a vendor's bill"),
		"vendors.recalled":            locale.Key("opened a difference of a vendor's bill again"),
		"vendors.hold":                locale.Key("set from which difference on runs are held"),
		"vendors.forgotten":           locale.Key("removed a vendor"),
		"catalogue.item":              locale.Key("changed an item of the catalogue"),
		"catalogue.item-removed":      locale.Key("deleted an item of the catalogue"),
		"catalogue.price":             locale.Key("entered a price"),
		"catalogue.cost":              locale.Key("entered a cost"),
		"catalogue.withdrawn":         locale.Key("withdrew a price or cost"),
		"catalogue.plan":              locale.Key("changed a plan"),
		"catalogue.plan-removed":      locale.Key("deleted a plan"),
		"catalogue.started":           locale.Key("took over the starting portfolio"),
		"catalogue.imported":          locale.Key("imported the catalogue"),
		"quotes.created":              locale.Key("began a quote"),
		"quotes.changed":              locale.Key("changed a quote"),
		"quotes.sent":                 locale.Key("sent a quote"),
		"quotes.accepted":             locale.Key("accepted a quote"),
		"quotes.declined":             locale.Key("declined a quote"),
		"quotes.withdrawn":            locale.Key("withdrew a quote"),
		"quotes.discarded":            locale.Key("deleted the draft of a quote"),
		"firm.settings":               locale.Key("changed the firm's settings"),
	}[action]
	if !ok {
		return "", false
	}
	return locale.T(ctx, key), true
}

// noticeText says what a person should know about their account.
func noticeText(ctx context.Context, n access.Notice) string {
	at := locale.From(ctx).DateTime(n.At)
	from := n.Address
	if from == "" {
		from = locale.T(ctx, "an unknown address")
	}
	switch n.Kind {
	case access.ToldSignIn:
		return locale.T(ctx, "A new sign-in to your account: %s, from %s, on %s.", access.Device(n.Agent), from, at)
	case access.ToldFailures:
		return locale.T(ctx, "Several failed attempts to sign in to your account, the last from %s on %s.", from, at)
	case access.ToldPassword:
		return locale.T(ctx, "Your password was changed from %s on %s.", from, at)
	case access.ToldReset:
		return locale.T(ctx, "Your password was set anew by a one-time link from %s on %s; your second factors were removed.", from, at)
	case access.ToldAppOn:
		return locale.T(ctx, "An authenticator app was added to your account from %s on %s.", from, at)
	case access.ToldAppOff:
		return locale.T(ctx, "The authenticator app of your account was turned off from %s on %s.", from, at)
	case access.ToldPasskeyAdded:
		return locale.T(ctx, "The passkey “%s” was added to your account from %s on %s.", n.Detail, from, at)
	case access.ToldPasskeyRemoved:
		return locale.T(ctx, "A passkey was removed from your account from %s on %s.", from, at)
	case access.ToldTokenMade:
		return locale.T(ctx, "The API token “%s” was made for your account from %s on %s.", n.Detail, from, at)
	}
	return locale.T(ctx, "Single sign-on was linked to your account from %s on %s.", from, at)
}

// Banner is the newest of list for the top of any page, with the way to all of them.
func Banner(ctx context.Context, list []access.Notice) page.Notice {
	return page.Notice{
		Kind: page.Warn, Text: noticeText(ctx, list[0]),
		Link: page.Button{Label: locale.T(ctx, "Look"), Href: "/account/security", Small: true},
	}
}

func ruleName(ctx context.Context, r access.FactorRule) string {
	switch r {
	case access.FactorLeaders:
		return locale.T(ctx, "Owners and managers must")
	case access.FactorEveryone:
		return locale.T(ctx, "Everybody must")
	}
	return locale.T(ctx, "Everybody as they like")
}

func totpBadge(ctx context.Context, me access.Person) page.Badge {
	if me.TOTP {
		return page.Badge{Text: locale.T(ctx, "on"), Tone: page.Good, Icon: "check"}
	}
	return page.Badge{Text: locale.T(ctx, "off")}
}
