// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"strings"

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
	}
	return string(p)
}

// actionName says an action of the audit trail in words; ok is false for one that it does not know.
func actionName(ctx context.Context, action string) (text string, ok bool) {
	key, ok := map[string]string{
		"access.owner":                locale.Key("set up the owner"),
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
		"firm.settings":               locale.Key("changed the firm's settings"),
	}[action]
	if !ok {
		return "", false
	}
	return locale.T(ctx, key), true
}

// device names the browser and system of a User-Agent as people do: "Firefox, Windows".
func device(agent string) string {
	find := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := find("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "HeadlessChrome/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := find("Windows", "Windows", "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser == "" && system == "":
		return agent[:min(len(agent), 40)]
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}

func totpBadge(ctx context.Context, me access.Person) page.Badge {
	if me.TOTP {
		return page.Badge{Text: locale.T(ctx, "on"), Tone: page.Good, Icon: "check"}
	}
	return page.Badge{Text: locale.T(ctx, "off")}
}
