// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// ruleButton is a link for those who may change rules, nothing for others.
func ruleButton(ctx context.Context, label, href string) page.Button {
	if !may(ctx, access.AlertsRules) {
		return page.Button{}
	}
	return page.Button{Label: label, Icon: "plus", Small: true, Href: href}
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func scheduleChoices(v *onCallView) (out []page.Option) {
	for _, x := range v.schedules {
		out = append(out, page.Option{Value: x.ID.String(), Label: x.Name, Data: true})
	}
	return out
}

func personChoices(list []access.Person) (out []page.Option) {
	for _, p := range list {
		out = append(out, page.Option{Value: p.ID.String(), Label: p.Name, Data: true})
	}
	return out
}

func (v *hookView) placeholder() string {
	if v.x.ID != 0 {
		return "https://" + v.x.Host + "/…"
	}
	return "https://"
}

func (v *hookView) tokenHint(ctx context.Context) string {
	if v.x.Token {
		return locale.T(ctx, "One is kept sealed. Leave this empty to keep it; for the address of another server it is not kept.")
	}
	return locale.T(ctx, "Where the receiver wants one. It is kept sealed and not shown again.")
}

func (v *hookView) addressHint(ctx context.Context) string {
	if v.x.ID != 0 {
		return locale.T(ctx, "It is kept sealed. Leave it empty to keep it.")
	}
	return locale.T(ctx, "The address that the receiver gives you, such as https://ntfy.sh/your-topic. It is kept sealed.")
}
