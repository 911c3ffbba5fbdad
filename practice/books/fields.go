// SPDX-License-Identifier: Apache-2.0

package books

// Field is what a column means.
type Field string

// The fields. Which of them a kind of table has, and under which names, stands in
// [synonyms].
const (
	FieldClient    Field = "client"
	FieldProvider  Field = "provider" // who was paid, in lists that bodies publish of their spending
	FieldDate      Field = "date"
	FieldDoc       Field = "document" // invoice number
	FieldItem      Field = "item"
	FieldText      Field = "text"
	FieldQuantity  Field = "quantity"
	FieldPrice     Field = "price"
	FieldAmount    Field = "amount"  // of the line, net of tax
	FieldGross     Field = "gross"   // of the line, with tax
	FieldTax       Field = "tax"     // of the line
	FieldTax2      Field = "tax2"    // a second tax of the line
	FieldDiscount  Field = "percent" // discount in percent
	FieldTotal     Field = "total"   // of the whole invoice, repeated on its lines
	FieldCurrency  Field = "currency"
	FieldStatus    Field = "status"
	FieldType      Field = "type" // of the transaction: invoice, credit note, payment
	FieldItemType  Field = "itemType"
	FieldRecurring Field = "recurring"
	FieldFrequency Field = "frequency"
	FieldAccount   Field = "account" // ledger account or its group
	FieldActive    Field = "active"

	FieldNumber    Field = "number" // ticket number
	FieldSubject   Field = "subject"
	FieldOpened    Field = "opened"
	FieldSolved    Field = "solved"
	FieldClosed    Field = "closed"
	FieldUpdated   Field = "updated" // of one event in a log
	FieldChannel   Field = "channel"
	FieldReopens   Field = "reopens"
	FieldAgreement Field = "agreement"
	FieldRequester Field = "requester"
	FieldAlert     Field = "alert" // id of a monitoring alert

	FieldHours    Field = "hours"
	FieldMinutes  Field = "minutes"
	FieldStart    Field = "start"
	FieldEnd      Field = "end"
	FieldPerson   Field = "person"
	FieldFirst    Field = "first" // first name, where the last is in FieldPerson
	FieldProject  Field = "project"
	FieldTask     Field = "task"
	FieldCategory Field = "category"
	FieldSub      Field = "subcategory"
	FieldBillable Field = "billable"

	FieldName      Field = "name"
	FieldEmail     Field = "email"
	FieldPhone     Field = "phone"
	FieldAddress   Field = "address"
	FieldWebsite   Field = "website"
	FieldAssetType Field = "assetType"
	FieldSystem    Field = "system" // operating system
	FieldSerial    Field = "serial"
	FieldMake      Field = "make"
	FieldModel     Field = "model"
	FieldWarranty  Field = "warranty"
	FieldMonitored Field = "monitored"
	FieldPatched   Field = "patched"
)

// shape is what the values of a column must look like.
type shape uint8

const (
	shapeAny shape = iota
	shapeDate
	shapeNumber
	shapeWords    // mostly not numbers
	shapeDuration // a number or h:mm
	shapeFree     // not dates, not amounts with cents
)

// fieldRule is one row of the synonym table. Names are normalised (see
// normHeader), the best first; tokens score a header that is none of the names.
type fieldRule struct {
	field  Field
	weight float64 // how much the field speaks for the kind
	shape  shape
	names  string // separated by |
	tokens string // word:points …; a header scores the sum, at most .8
}

const (
	clientNames = "client|client name|customer|customer name|company name|company|contact name|organization name|organisation name|organization|organisation|account name|" +
		"kunde|kundenname|mandant|debitor|debitorname|auftraggeber|firma|bill to|billed to|customer full name|customer company|client company|end user|end user name|" +
		"buyer|buyer name|empfanger|empfänger|client organisation|requester organization|site customer|name|account"
	// bodyNames are the clients in lists of spending: the body that paid.
	bodyNames = "customer|client|customer name|client name|body name|name of body|public body|buying organisation|buyer organisation|organisation name|entity name|entity|body|authority|authority name|council name|council|local authority|trust|trust name|nhs trust|ccg|icb|organisation label|public authority|contracting authority|buyer organisation name|customer organisation|name of organisation|paying body|publisher|publisher name|gemeinde|behörde|organisation unit name|" +
		"department family|government department|department name|department|dept|organisational unit|organizational unit|organisation|directorate|"
	clientTokens = "customer:.6 client:.6 kunde:.6 company:.5 organisation:.45 organization:.45 body:.4 entity:.4 authority:.4 department:.3 name:.1 buyer:.5 council:.4 " +
		"id:-.5 code:-.5 number:-.5 no:-.4 type:-.5 email:-.6 phone:-.6 address:-.6 postcode:-.6 po:-.5 ref:-.5 reference:-.5 vat:-.5 group:-.3 notes:-.5 status:-.5 supplier:-.6 kundennummer:-.6 description:-.4"
	dayWords    = "date:.55 datum:.55 month:.4 day:.2 period:.3 invoice:.1 payment:.08 paid:.05 posted:.2 posting:.1 transaction:.05 due:-.5 fallig:-.5 fällig:-.5 created:.05 updated:-.3 expiry:-.4 end:-.2 type:-.5 number:-.4"
	amountToken = "amount:.6 betrag:.6 value:.5 spend:.4 sum:.2 charge:.4 cost:.3 net:.25 netto:.5 paid:.3 sterling:.3 gbp:.3 eur:.2 line:.1 excl:.2 excluding:.2 ex:.15 exc:.2 payment:.1 " +
		"transaction:.05 invoice:.02 ap:.05 price:.2 total:.3 vat:-.15 tax:-.3 mwst:-.3 incl:-.25 including:-.25 inc:-.2 gross:-.15 brutto:-.2 due:-.4 balance:-.5 number:-.6 no:-.6 code:-.6 centre:-.8 center:-.8 date:-.8 type:-.6 " +
		"description:-.6 recoverable:-.4 irrecoverable:-.4 original:-.1 account:-.3 id:-.6 name:-.6 discount:-.5 unit:-.2 budget:-.4"
)

// synonyms is the table of known headers, by kind.
var synonyms = map[Kind][]fieldRule{
	KindLines: {
		{FieldAmount, 3, shapeNumber, "line subtotal|line amount|item total|net amount|amount net|line net amount|net value|amount before sales tax|amount|amount in sterling|amount gbp|amount eur|ap amount|amount excl vat|amount ex vat|amount excluding vat|" +
			"total charge|nettobetrag|netto betrag|netto|positionsbetrag|betrag netto|gesamtpreis netto|gesamtpreis|betrag|summe netto|umsatz|line total cost|line total ex vat|line cost|transaction amount|payment amount|amount paid|value|transaction value|" +
			"payment value|spend|total spend|net|sum of amount|invoice line amount|line value|price total|extended price|extended amount|ext price|charge|charged amount|invoice amount net|net invoice amount|net total|amount one column|amount spent|cost|actual value|actuals|amount paid net|paid amount|gl amount|expenditure|debit|invoice value net|net invoice value|invoiced value|invoiced amount|invoice line value|invoice net|invoice distribution amount|sum of invoice distribution amount|amount published|billing amount|settlement amount|final transaction amount|net transaction amount|transaction value gbp|evidenced spend|expenditure amount|spend excluding vat|distrib amount sum|gl code net amount|amount nett|net value gbp|actual spend|payment amt|check amount|line amount net|umsatz netto|nettosumme|einzelbetrag netto|summe netto|ausgaben|auszahlungsbetrag|zahlbetrag|rechnungsbetrag netto|netto summe|positionssumme|umsatz ohne soll haben kz|montant ht|importe|base imponible|net due", amountToken},
		{FieldDate, 2, shapeDate, "invoice date|date issued|issued date|issue date|date|payment date|transaction date|posting date|date paid|paid date|date of payment|document date|rechnungsdatum|belegdatum|leistungsdatum|buchungsdatum|datum|ausstellungsdatum|" +
			"for month|month|invoice month|billing date|txn date|trans date|effective date|date posted|posted date|gl date|accounting date|payment run date|clearing date|cleared date|payment clearance date|date of transaction|date of expenditure|expenditure date|" +
			"period|accounting period|zahlungsdatum|monat|created date|date created|invoice created|dated|date invoiced|transaction posting date|invoice posting date|return month|reporting month|invoice payment date|payment issue date|check date|cheque date|pay date|paydate|voucher date|invoice paid date|settlement date|date settled|date incurred|cert date|input date|allocation date|gl effective date|ledger date|processed date|posted on|item date|billed date|valuta|wertstellung|fakturadatum|zahlungstag|auszahlungsdatum|belegdat|rechnungs datum|date de facture|fecha|fecha factura", dayWords},
		{FieldClient, 1.5, shapeWords, bodyNames + clientNames, clientTokens},
		{
			FieldProvider, 1, shapeWords, "supplier name|supplier|vendor name|vendor|beneficiary|beneficiary name|payee|payee name|merchant name|merchant|creditor|creditor name|lieferant|lieferantenname|name of supplier|supplier beneficiary|" +
				"supplier beneficiary name|contractor|recipient|recipient name|paid to|trading name|provider|supplier organisation|third party|third party name|company paid|supplier trading name|awarded supplier|kreditor|supplier merchant name|merchant details|supplier institution|amended supplier name|updated beneficiary|payee full name|zahlungsempfänger|zahlungsempfanger|rechnungssteller|proveedor|fournisseur",
			"supplier:.7 vendor:.7 beneficiary:.6 payee:.7 merchant:.5 creditor:.6 contractor:.5 lieferant:.6 name:.1 id:-.6 code:-.6 number:-.6 no:-.6 type:-.6 category:-.7 postcode:-.7 address:-.7 ref:-.6 vat:-.6 class:-.5 site:-.3 group:-.4 status:-.5 invoice:-.4 sme:-.6 description:-.3",
		},
		{
			FieldDoc, 1, shapeFree, "invoice number|invoice no|invoice num|invoice id|num|document number|doc number|doc no|rechnungsnummer|rechnungs nr|rechnungsnr|rechnung nr|belegnummer|beleg nr|invoice|rechnung|transaction number|transaction no|trans no|transaction id|transaction ref|transaction reference|" +
				"reference number|ref no|purchase invoice number|document no|document|voucher number|voucher no|payment reference|payment number|supplier invoice number|unique transaction number|internal reference|internal ref|ap document number|transno|unique id|bill number|number|reference|ref|tran no|system reference|invoice reference|invoice ref|transaction|their reference|our reference|voucher|internal ref number|check number|cheque number|cheque no|sap document number|belegfeld 1|beleg|rechnungs nummer|re nr|voucher num|factura|facture",
			"invoice:.3 number:.35 transaction:.35 no:.2 document:.35 reference:.3 ref:.3 voucher:.4 rechnung:.4 id:.2 date:-.8 amount:-.8 value:-.8 supplier:-.3 vat:-.5 registration:-.6 contract:-.3 account:-.3 cost:-.5 customer:-.5 client:-.5 po:-.4 order:-.4 total:-.6 status:-.6 postcode:-.8 description:-.6",
		},
		{
			FieldText, 1, shapeAny, "item description|line description|description|memo description|item desc|transaction line description|beschreibung|bezeichnung|positionstext|artikelbezeichnung|leistung|leistungsbeschreibung|narrative|purpose|purpose of expenditure|scope|product service description|service description|" +
				"memo|details|detail|transaction description|item text|notes|buchungstext|verwendungszweck|summary|description of goods|description of expenditure|expense description|expenditure description|line text|invoice description|item name description|transaction narrative|supplier description|purchase description|goods description|long description|spend description|text|payment description|po description|line narrative|reason|purpose of spend|comments|comment|invoice line description|purchasing item text|extended description|gl description|g l description|actual description|short text|positionsbeschreibung|leistungstext|artikeltext|zweck|gegenstand|betreff|reason for payment|concepto|libellé|libelle",
			"description:.55 narrative:.7 purpose:.6 beschreibung:.6 memo:.5 detail:.4 details:.4 text:.3 bezeichnung:.5 service:.05 line:.1 item:.1 code:-.6 number:-.6 id:-.6 date:-.8 amount:-.8 account:-.2 cost:-.2 centre:-.2 supplier:-.1 type:-.1 project:.1 lot:-.3 business:-.4 unit:-.4 proclass:-.3 classification:-.3 category:-.2",
		},
		{
			FieldItem, .7, shapeAny, "item name|product service|product|item|artikel|artikelnummer|produkt|produktname|inventory item code|product key|item code|sku|expense type|expenses type|expenditure type|expenditure category|detailed expenditure type|category|merchant category|subjective|subjective description|" +
				"account description|nominal description|spend category|procurement category|proclass|commodity|commodity description|expense category|purchase category|cost type|type of expenditure|category description|gl account description|cipfa detailed expenditure type|service category|service label|product name|kategorie|leistungsart|service|service area|expense area|account code description|expense code description|expenditure code description|expenditure account code description|cost element description|gl account name|mcc description|merchant category description|merchant category name|merchant category desc|procurement classification|category internal name|nature of spend|subjective name|group description|kostenart|sachkontobezeichnung|warengruppe|artikelgruppe|category family|spend type|payment category|artikelname|leistungsbezeichnung",
			"product:.5 item:.4 category:.5 expense:.4 expenditure:.4 type:.15 service:.3 area:.1 subjective:.5 commodity:.5 merchant:.1 label:.2 code:-.4 number:-.5 id:-.5 date:-.8 amount:-.8 name:.05 supplier:-.4 price:-.8 total:-.8 tax:-.8 discount:-.8",
		},
		{FieldQuantity, .8, shapeNumber, "quantity|qty|menge|anzahl|units|hours or quantity|stuck|stück", "quantity:.7 qty:.7 menge:.6"},
		{FieldPrice, .8, shapeNumber, "unit amount|unit price|item price|rate|price|sales price|unit cost|einzelpreis|preis|stuckpreis|stückpreis|e preis|cost unit|net price|unit rate", "unit:.4 price:.5 einzelpreis:.7 rate:.3 total:-.7 tax:-.7 list:-.2"},
		{FieldGross, .5, shapeNumber, "line total|gross amount|amount gross|gross|brutto|bruttobetrag|betrag brutto|amount incl vat|amount inc vat|amount including vat|gross value|total inc vat|total including vat|invoice gross|line gross|gross line amount|gross amt|api gross amount|gross invoice value|total gross value|amount including tax|gesamtpreis brutto|summe brutto|rechnungsbetrag brutto|montant ttc", "gross:.6 brutto:.6 incl:.3 including:.3 inc:.2 amount:.1 vat:.1"},
		{FieldTax, .3, shapeNumber, "tax amount|item tax amount|tax 1 amount|vat amount|mwst betrag|umsatzsteuer|ust betrag|steuerbetrag|sales tax amount|tax|vat|mwst|ust|line tax|tax total|item tax", "tax:.4 vat:.4 mwst:.4 amount:.2 rate:-.6 code:-.6 registration:-.8 number:-.8 percent:-.6 type:-.7 name:-.7 percentage:-.7 id:-.7"},
		{FieldTax2, .1, shapeNumber, "tax 2 amount", ""},
		{FieldDiscount, .2, shapeNumber, "discount percentage|discount percent|discount|rabatt|rabatt percent", "discount:.4 percent:.3 amount:-.6 type:-.6"},
		{FieldTotal, .6, shapeNumber, "total|invoice total|grand total|total amount|invoice amount|total invoice amount|rechnungsbetrag|gesamtbetrag|rechnungssumme|gesamtsumme|summe|gesamt|subtotal|sub total|invoice subtotal|total value|total cost|total price|amount total|invoice value|total gbp", "total:.5 invoice:.1 subtotal:.5 rechnungsbetrag:.6 tax:-.7 line:-.4 item:-.4 due:-.5 paid:-.4 discount:-.6 months:-.7 hours:-.7 days:-.7 quantity:-.7"},
		{FieldCurrency, .3, shapeWords, "currency|currency code|wahrung|währung|invoice currency|waehrung|curr", "currency:.5 code:.2 rate:-.7 exchange:-.7"},
		{FieldStatus, .3, shapeAny, "invoice status|status|state|rechnungsstatus", "status:.4 paid:-.2"},
		{FieldType, .4, shapeWords, "transaction type|document type|doc type|belegart|type|invoice type|txn type|trans type|typ", "transaction:.3 type:.4 document:.3 expense:-.8 supplier:-.8 tax:-.8 item:-.8 line:-.8 vendor:-.8 cost:-.8 category:-.6 expenditure:-.8"},
		{FieldItemType, .2, shapeWords, "item type|product type|line type|labor type|artikeltyp|line item type|charge type", ""},
		{FieldRecurring, .5, shapeAny, "recurring invoice|recurrence name|recurring|is recurring|recurring profile|recurring template|recurrence|wiederkehrend|abo|subscription name|recurring id", "recurring:.6 recurrence:.6"},
		{FieldFrequency, .3, shapeAny, "billing cycle|billing frequency|billing period|frequency|interval|turnus|abrechnungszeitraum", ""},
		{FieldAccount, .2, shapeAny, "account type|account group|account|distribution account|gl account|income account|konto|erloskonto|erlöskonto|nominal code|general ledger account", ""},
	},
	KindTemplates: {
		{FieldFrequency, 5, shapeAny, "frequency|billing frequency|recurrence frequency|repeat every|interval|recurrence|billing cycle|turnus|intervall|repeats|schedule|billing period", "frequency:.7 recurrence:.4 interval:.4 cycle:.4"},
		{FieldAmount, 1.5, shapeNumber, "amount|net amount|recurring amount|line amount|price|betrag|nettobetrag|total|value|invoice amount|invoice total", amountToken},
		{FieldClient, 1, shapeWords, clientNames, clientTokens},
		{FieldText, .7, shapeAny, "scope|description|item description|name|template name|profile name|recurrence name|beschreibung|memo|subject|title|product", "description:.5 scope:.5 name:.3"},
		{FieldDoc, 1.5, shapeFree, "recurring number|recurring invoice number|template number|recurring id|template id|recurring invoice", "recurring:.4 number:.2 template:.3"},
		{FieldDate, .5, shapeDate, "start date|date created|created|created date|created at|startdatum|first invoice date|start|beginn|invoice date|date", "start:.4 date:.3 created:.3 end:-.6 last:-.3 next:-.3"},
		{FieldUpdated, 1.5, shapeDate, "next date|next invoice date|next invoice|next run|next send date|nachste rechnung|nächste rechnung", "next:.6 date:.2"},
		{FieldActive, .3, shapeAny, "active|status|state|enabled|aktiv", ""},
		{FieldCurrency, .2, shapeWords, "currency|currency code|wahrung|währung", ""},
	},
	KindTickets: {
		{
			FieldNumber, 2, shapeFree, "ticket number|ticket id|ticket no|ticket|ticket num|number|id|case number|incident number|case id|incident id|request id|vorgangsnummer|ticketnummer|ticket nr|issue key|ref|key|work order|service request number|issue id|faults id|display id|ticket display id|ticket key|request number|job id|job number|vorgang|ticketid",
			"ticket:.4 number:.3 id:.2 case:.3 incident:.3 count:-.6 agent:-.6",
		},
		{
			FieldOpened, 2.5, shapeDate, "opened at|date opened|created at|created time|date created|created|create date|created date|created on|opened|open date|date entered|entered|date reported|reported date|date occurred|dateoccurred|date logged|logged date|log date|date raised|raised|reported|submitted|submitted at|erstellt|erstellt am|eröffnet|eroffnet|eröffnet am|creation date|create time|open time|opened date|received|received at|start date|sys created at|logged|ticket created|ticket created date|created on date|open date time|date and time created|erfasst am|angelegt am|anlagedatum|eingang am|gemeldet am",
			"opened:.5 created:.5 date:.2 reported:.4 raised:.4 logged:.4 time:.1 erstellt:.5 entered:.4 by:-.8 due:-.6 closed:-.6 updated:-.6 resolved:-.6 first:-.4",
		},
		{
			FieldSolved, 1.5, shapeDate, "solved at|resolved at|date resolved|resolved time|resolved|solved|resolution date|date solved|resolved date|completed date|complete date|date completed|completed|completed at|gelöst|gelost|gelöst am|resolution time|resolved on|erledigt|erledigt am|date responded resolved|completed on|resolved date time|ticket resolved date|completion date|last resolved date|abgeschlossen am|behoben am",
			"solved:.5 resolved:.5 completed:.4 date:.2 at:.1 time:.1 by:-.8 due:-.6 first:-.4 hours:-.6 hrs:-.6",
		},
		{FieldClosed, 1, shapeDate, "closed at|date closed|closed date|closed time|closed|close date|closed on|geschlossen|geschlossen am|date cleared|datecleared|close date time|ticket closed date|closed on date|schlussdatum", "closed:.5 date:.2 by:-.8 code:-.8"},
		{FieldUpdated, .5, shapeDate, "sys updated at|updated at|last updated|updated|update date|event time|modified|last modified|updated time|last update time|last activity|aktualisiert", "updated:.5 modified:.4 date:.2 by:-.8"},
		{
			FieldChannel, 2, shapeWords, "contact type|source|via|channel|ticket source|origin|request source|reported via|contact method|quelle|eingang|eingangskanal|kanal|herkunft|source name|created via|opened via|ticket origin|request mode|mode|request channel|request channel type|customer request channel|ticket source name|source type|created source|eingangsart|meldeweg",
			"source:.6 channel:.6 via:.6 origin:.5 contact:.1 type:.05 ip:-.6",
		},
		{FieldClient, 1, shapeWords, "organization|organisation|organizations|organisations|associated company|primary company|client site name|" + clientNames, clientTokens},
		{FieldSubject, 1, shapeAny, "subject|summary|short description|title|ticket title|ticket name|ticket summary|ticket subject|issue|betreff|titel|summary description|kurzbeschreibung|details|description|problem|beschreibung|symptom", "subject:.6 summary:.5 title:.5 description:.4"},
		{FieldStatus, .5, shapeAny, "status|current status|ticket status|incident state|state|status name|zustand|pipeline stage|ticket state", "status:.4 state:.3"},
		{FieldType, .4, shapeAny, "ticket type|type|request type|issue type|problem type|work type|record type|tickettype", "ticket:.1 type:.4 contact:-.8"},
		{FieldCategory, .4, shapeAny, "category|help topic|board|queue|kategorie|issue category|group|department|thema|service board", "category:.4 topic:.4 board:.4 queue:.4"},
		{FieldRequester, .3, shapeAny, "requester email|from email|requester|from|caller id|caller|contact|user|reported by|end user|melder|requested by|contact name|created by|opened by|user name", "requester:.5 caller:.4 from:.3"},
		{FieldReopens, .5, shapeNumber, "reopen count|reopens|reopened|times reopened|reopened count", "reopen:.5 reopened:.4"},
		{FieldAgreement, .3, shapeAny, "agreement|contract|agreement name|contract name|sla contract|vertrag|covered", "agreement:.5 contract:.5"},
		{FieldAlert, .5, shapeAny, "rmm alert id|alert id|rmm alert|alert|alert uid|monitor id", "alert:.5 rmm:.4"},
		{FieldPerson, .2, shapeAny, "assigned to|assignee|agent|technician|tech|owner|resource|assigned resource|primary resource|bearbeiter|zugewiesen an", "assigned:.4 technician:.4"},
	},
	KindHours: {
		{
			FieldHours, 4, shapeDuration, "developer hours actual|resource hours|technician hours|employee hours|hours worked|worked hours|actual hours|hours actual|time spent|duration|hours|hours decimal|duration decimal|duration h|dauer|stunden|arbeitszeit|actual hrs|hrs|hours logged|logged hours|time taken|timetaken|time entry hours|labor duration|work hours|total hours|hours worked actual|dauer h|dauer std|stundenanzahl|zeit|aufwand|std|time worked|worked|billable hours|hours to bill|labor hours|labour hours",
			"hours:.5 duration:.5 dauer:.5 stunden:.5 actual:.15 worked:.2 developer:.1 technician:.1 estimate:-.6 estimated:-.6 budget:-.6 planned:-.5 rounded:-.3 rate:-.6 total:-.1 due:-.4 id:-.5",
		},
		{FieldMinutes, 4, shapeNumber, "duration minutes|minutes|time minutes|minutes worked|minuten|dauer minuten|mins|time spent minutes", "minutes:.6 minuten:.6"},
		{FieldDate, 1.5, shapeDate, "date|start date|work date|date worked|worked date|entry date|created at|time start|start time|datum|arbeitsdatum|spent date|spent on|day|started at|date start|time entry date|logged date|created|whe|tag|beginn|created date|date performed", dayWords},
		{FieldPerson, 1, shapeAny, "last name|nachname|user|user name|technician|tech|member|resource|resource name|employee|employee name|person|developer id|staff|consultant|agent|mitarbeiter|bearbeiter|techniker|full name|worker|developer|team member|who|username|engineer|assigned to|member name", "user:.4 technician:.5 employee:.5 resource:.4 staff:.5 member:.4 rate:-.6 type:-.5 email:-.4 hours:-.8"},
		{FieldFirst, .3, shapeWords, "first name|vorname", ""},
		{FieldClient, 1, shapeWords, clientNames, clientTokens},
		{FieldProject, .7, shapeAny, "project|project name|project code|projekt|job|job name|projektname", "project:.5 projekt:.5 breakdown:-.3"},
		{FieldTask, .7, shapeAny, "task|task name|labor type|labour type|work type|activity|activity type|role|charge type|tatigkeit|tätigkeit|aufgabe|leistungsart|work role|charge rate|service item|service", "task:.4 activity:.4 type:.2 labor:.4 labour:.4 number:-.6 id:-.6"},
		{FieldCategory, .5, shapeAny, "category|kategorie|project category|work category|ticket category", "category:.5 sub:-.5"},
		{FieldSub, .5, shapeAny, "sub category|subcategory|unterkategorie|issue type|ticket type", "subcategory:.5"},
		{FieldText, .5, shapeAny, "notes|description|summary|comment|comments|beschreibung|notiz|notizen|note|bemerkung|text|subject|details|internal notes|summary notes", "notes:.5 description:.5 summary:.4 note:.4"},
		{FieldBillable, .6, shapeAny, "billable|billable status|billable option|is billable|abrechenbar|chargeable|billable yes no|charge", "billable:.5 rate:-.6 amount:-.6 hours:-.4"},
		{FieldAmount, .3, shapeNumber, "billable amount|amount|charge amount|billed amount|betrag|amount billed|total charge", "amount:.4 billable:.2 cost:-.5"},
		{FieldNumber, .3, shapeFree, "ticket number|ticket id|ticket|ticket no|task number|case number|ticketnummer|ticket|id", "ticket:.4 task:.3 number:.3"},
		{FieldStart, .4, shapeAny, "start time|time start|start|started|from|von|beginn|start datetime", ""},
		{FieldEnd, .4, shapeAny, "end time|time end|end|ended|until|to|bis|ende|stop|stop time|finish|end datetime", ""},
		{FieldCurrency, .1, shapeWords, "currency", ""},
	},
	KindAssets: {
		{FieldName, 1, shapeAny, "asset name|device name|computer name|hostname|host name|name|device|system name|machine name|configuration name|gerät|gerätename|computer|hostname name|inventory name|display name|friendly name|agent name|machine", "name:.3 host:.4 device:.3 computer:.3"},
		{FieldSerial, 3, shapeAny, "serial number|serial|serial no|serialnumber|seriennummer|service tag|sn", "serial:.7"},
		{FieldSystem, 2, shapeAny, "operating system|os|os name|os version|betriebssystem|platform|operating system name", "operating:.4 system:.2 os:.5"},
		{FieldAssetType, 1, shapeWords, "type|asset type|device type|configuration type|product type|typ|class|device class|role|category|chassis|chassis type|asset class|node class", "type:.3 device:.2 asset:.2 class:.3"},
		{FieldModel, 1, shapeAny, "model|modell|model number|model name", "model:.5"},
		{FieldMake, 1, shapeAny, "make|manufacturer|hersteller|vendor|brand", "manufacturer:.6 make:.5"},
		{FieldWarranty, 2, shapeAny, "warranty expire|warranty expiry|warranty expiration|warranty end|warranty expires|warranty end date|warranty|garantie|garantieende|warranty date|warranty expiration date", "warranty:.6"},
		{FieldMonitored, 1, shapeAny, "monitored|monitoring|rmm agent|agent installed|agent|agent status|has agent|rmm|managed|online|last seen|last check in|last contact|last online|last contact date|agent online|last agent contact|uberwacht|überwacht|agent version", "monitored:.5 rmm:.5 agent:.3"},
		{FieldPatched, 1, shapeAny, "patched|patch status|patch compliance|patch compliant|up to date|patching|missing patches|patches missing|patchstand", "patch:.5 patches:.5 patched:.5"},
		{FieldClient, 1, shapeWords, clientNames[:len(clientNames)-len("|name|account")], clientTokens},
		{FieldStatus, .2, shapeAny, "status|state|asset status", ""},
		{FieldDate, .6, shapeAny, "purchase date|install date|date purchased|kaufdatum|installed", "purchase:.4 install:.4"},
	},
	KindPeople: {
		{FieldEmail, 2.5, shapeWords, "email|e mail|email address|contact email|e mail adresse|mail|primary email", "email:.6"},
		{FieldPhone, 1.5, shapeAny, "phone|mobile|telephone|phone number|telefon|mobil|handy|contact phone|contact mobile|direct line|office phone|work phone|mobile phone|contact extension", "phone:.5 mobile:.5 telefon:.5"},
		{FieldName, 1.2, shapeAny, "contact name|name|full name|contact|person|ansprechpartner|display name|last name|nachname|user name", "name:.3 contact:.3"},
		{FieldFirst, 1.5, shapeAny, "first name|vorname|given name|firstname", ""},
		{FieldType, 1, shapeAny, "title|job title|role|position|contact title|funktion|department|contact department", "title:.4"},
		{FieldClient, 1.5, shapeWords, clientNames[:len(clientNames)-len("|name|account")], clientTokens},
	},
	KindClients: {
		{FieldName, 1.5, shapeAny, clientNames, clientTokens},
		{FieldAddress, 2.5, shapeAny, "address|address 1|address line 1|street|billing address|city|town|postcode|post code|zip|postal code|plz|ort|strasse|straße|anschrift|location address|billing street|billing city|country|sa address line 1", "address:.4 street:.4 city:.4 zip:.4 postcode:.4"},
		{FieldWebsite, 2.5, shapeAny, "website|web site|url|webseite|domain|homepage", "website:.6"},
		{FieldPhone, 1, shapeAny, "phone|telephone|phone number|telefon|main phone|location phone|contact phone", "phone:.4"},
		{FieldEmail, .8, shapeAny, "email|e mail|billing email|email address|contact email", "email:.4"},
		{FieldType, 1, shapeAny, "industry|client type|company type|branche|type|referral|net terms|terms", ""},
		{FieldActive, .3, shapeAny, "status|active|aktiv", ""},
	},
}

// needs says what a kind cannot do without: of each group one field.
var needs = map[Kind][][]Field{
	KindLines:     {{FieldAmount, FieldPrice, FieldGross, FieldTotal}, {FieldDate}, {FieldClient, FieldProvider, FieldText, FieldItem, FieldDoc}},
	KindTemplates: {{FieldFrequency}, {FieldAmount}, {FieldClient, FieldText}},
	KindTickets:   {{FieldNumber, FieldSubject}, {FieldOpened}, {FieldStatus, FieldSubject, FieldChannel, FieldSolved, FieldClosed}},
	KindHours:     {{FieldHours, FieldMinutes, FieldEnd}, {FieldPerson, FieldClient, FieldProject, FieldTask, FieldNumber}, {FieldDate, FieldCategory, FieldTask}},
	KindAssets:    {{FieldName}, {FieldSerial, FieldSystem, FieldModel, FieldWarranty, FieldMonitored}},
	KindPeople:    {{FieldName, FieldFirst}, {FieldEmail, FieldPhone}},
	KindClients:   {{FieldName}, {FieldAddress, FieldWebsite, FieldPhone, FieldEmail}},
}

// kindOrder breaks ties, the most useful first.
var kindOrder = []Kind{KindLines, KindTickets, KindHours, KindTemplates, KindAssets, KindPeople, KindClients}
