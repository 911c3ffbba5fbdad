// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"mainstay/kit/locale"
	webhookweb "mainstay/kit/webhook/web"
)

// eventWords are the events of webhooks in the reader's language. One that has no words shows its code.
func eventWords(ctx context.Context) []webhookweb.Event {
	t := func(key string) string { return locale.T(ctx, key) }
	tickets, work, customers, mail := t(locale.Key("Tickets")), t(locale.Key("Time")), t(locale.Key("Clients")), t(locale.Key("Mail"))
	money := t(locale.Key("Money"))
	words := map[string]webhookweb.Event{
		eventTicketCreated:      {Group: tickets, Label: t(locale.Key("A ticket is made"))},
		eventTicketUpdated:      {Group: tickets, Label: t(locale.Key("A ticket is changed"))},
		eventTicketReplied:      {Group: tickets, Label: t(locale.Key("The firm or the client writes"))},
		eventTicketSolved:       {Group: tickets, Label: t(locale.Key("A ticket is solved"))},
		eventTicketClosed:       {Group: tickets, Label: t(locale.Key("A ticket is closed"))},
		eventTicketAlarm:        {Group: tickets, Label: t(locale.Key("A deadline comes near or has passed"))},
		"time_entry.created":    {Group: work, Label: t(locale.Key("Time is entered"))},
		"time_entry.changed":    {Group: work, Label: t(locale.Key("A time entry is changed or approved"))},
		"time_entry.deleted":    {Group: work, Label: t(locale.Key("A time entry is deleted"))},
		"client.created":        {Group: customers, Label: t(locale.Key("A client is made"))},
		"client.changed":        {Group: customers, Label: t(locale.Key("A client is changed"))},
		"client.merged":         {Group: customers, Label: t(locale.Key("Two clients become one"))},
		"quote.sent":            {Group: money, Label: t(locale.Key("A quote is sent"))},
		"quote.accepted":        {Group: money, Label: t(locale.Key("A quote is accepted"))},
		"quote.declined":        {Group: money, Label: t(locale.Key("A quote is declined"))},
		"quote.withdrawn":       {Group: money, Label: t(locale.Key("A quote is withdrawn"))},
		eventInvoiceIssued:      {Group: t(locale.Key("Billing")), Label: t(locale.Key("An invoice is issued"))},
		eventCreditIssued:       {Group: t(locale.Key("Billing")), Label: t(locale.Key("A credit note is issued"))},
		eventRunFinished:        {Group: t(locale.Key("Billing")), Label: t(locale.Key("A run is finished"))},
		eventRunHeld:            {Group: t(locale.Key("Billing")), Label: t(locale.Key("A run left something out"))},
		eventPaymentFailed:      {Group: t(locale.Key("Payments")), Label: t(locale.Key("A debit or a saved card was refused"))},
		eventPaymentReceived:    {Group: t(locale.Key("Payments")), Label: t(locale.Key("A payment is booked"))},
		eventPaymentReturned:    {Group: t(locale.Key("Payments")), Label: t(locale.Key("A payment is taken back or given back"))},
		eventInvoiceOverdue:     {Group: t(locale.Key("Payments")), Label: t(locale.Key("An invoice is overdue"))},
		eventMailReview:         {Group: mail, Label: t(locale.Key("A mail waits for a decision"))},
		eventAlertOpened:        {Group: t(locale.Key("Alerts")), Label: t(locale.Key("An alert opens"))},
		eventAlertChanged:       {Group: t(locale.Key("Alerts")), Label: t(locale.Key("An alert changes"))},
		eventAlertAcknowledged:  {Group: t(locale.Key("Alerts")), Label: t(locale.Key("Somebody takes care of an alert"))},
		eventAlertResolved:      {Group: t(locale.Key("Alerts")), Label: t(locale.Key("An alert ends"))},
		eventAgreementActivated: {Group: t(locale.Key("Agreements")), Label: t(locale.Key("An agreement becomes active"))},
		eventAgreementChanged:   {Group: t(locale.Key("Agreements")), Label: t(locale.Key("An agreement is amended"))},
		eventAgreementEnded:     {Group: t(locale.Key("Agreements")), Label: t(locale.Key("An agreement ends, or goes on"))},
		eventAgreementRenewed:   {Group: t(locale.Key("Agreements")), Label: t(locale.Key("An agreement goes into another term"))},
		eventAgreementDue:       {Group: t(locale.Key("Agreements")), Label: t(locale.Key("A day of notice comes near"))},
	}
	out := make([]webhookweb.Event, 0, len(words))
	for _, e := range events() {
		w := words[e.code]
		w.Code = e.code
		out = append(out, w)
	}
	return out
}
