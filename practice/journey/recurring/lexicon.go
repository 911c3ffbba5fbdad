// SPDX-License-Identifier: Apache-2.0

package recurring

// cue is what a word or phrase speaks for.
type cue uint8

const (
	forRecurring cue = iota
	forThing         // a thing sold by time, unless the line is about work on it
	forProject
	forLabour
	forTime // a unit of time: labour, unless a thing is metered by it
	forPrepaid
	forResale
)

// group is a list of terms that speak for one side with one strength: 4 decides
// against a single weaker word, 1 only leans. Terms are separated by "|"; a term is
// one to four words; "#" stands for any number; "stem*" matches words that
// begin with the stem, "*stem*" words that contain it (German compounds). A plural s
// is ignored. Longer terms win over the words that they contain.
type group struct {
	cue      cue
	strength int8
	terms    string
}

// english and german were chosen on one half of the texts and checked on the other;
// see the tests for the figures.
var english = []group{
	// Periods and forms of promise.
	{forRecurring, 5, "monthly fee|monthly charge|monthly subscription|monthly rental|monthly licence|monthly license|monthly hosting|monthly support|monthly service|monthly retainer|annual subscription|annual licence|annual license|annual support|annual maintenance|annual charge|annual fee|annual renewal|quarterly charge|quarterly fee|yearly subscription|yearly fee|subscription fee|subscription charge|support contract|maintenance contract|service contract|managed service|managed services|support agreement|maintenance agreement|service agreement|support and maintenance|maintenance and support|hosting and support|hosting support|per user per month|per device per month|line rental|rental charge|standing charge|support retainer|licence renewal|license renewal|software maintenance|hardware maintenance|equipment maintenance|computer maintenance|it maintenance|hardware maint|software maint|printer rental|printer lease|printer maintenance|copier lease|copier rental|telephone charge|telephone charges|phone charges|mobile charges|mobile phone charges|internet charge|internet charges|connection charge|connection charges|data charges|unitary charge|data circuit|wide area network|data communications|line charges|care plan|proactive care|system maintenance|systems maintenance|software support|software charge|software charges|management software|application support|applications support|website hosting|web hosting|software licence|software license|software licenses|software licences|msp agreement"},
	{forRecurring, 4, "monthly|per month|a month|pcm|p m|each month|/month|subscription|subs|retainer|per user|per seat|per device|per endpoint|per mailbox|per server|per workstation|renewal|renewals|annual|annually|per annum|p a|per year|yearly|quarterly|half yearly|# mth|# mths|# month term|for # months|for # year|for # years|# year subscription|# months|# month|# year|# years|hosting|hosted|colocation|co location|software as a service|infrastructure as a service|compute as a service|platform as a service|desktop as a service|backup as a service|as a service|teams phone|maintenance|lease|leasing|rental|support pack gold|support charge|support charges|service desk support|technical support|helpdesk support|help desk support|support services|additional licence|additional license|additional licences|additional user|additional users|additional seats|reserved capacity|recurring|evergreen|standing order|outsourc*|maint"},
	{forRecurring, 3, "licence|license|licences|licenses|licensing|licencing|user licence|user license|concurrent users|named users|seat|seats|managed|compute as a service|domain renewal|warranty extension|extended warranty|care pack|smartnet|software assurance|enterprise agreement|enterprise plan|business edition|enterprise edition|cover charge|sla|support cover|maintenance cover|mobile contract|mobile phones|airtime|mobile telephones|mobile telephone|telephones|platform hosting|usage|usage charge|usage charges|consumption|service charge|service charges|running costs|access charge|telecommunications"},
	{forThing, 3, "virtual server|virtual machine|virtual servers|virtual machines|virtual data centre|virtual datacentre|vm|vms|vcpu|miniserver|dedicated server|cloud server|cloud servers|vcluster|compute|virtual firewall|virtual firewalls|storage|cloud storage|backup|backups|online backup|bandwidth|data transfer|broadband|leased line|internet access|internet connection|internet connectivity|connectivity|fibre|sip trunk|sip trunks|telephony|phone line|phone lines|mailbox|mailboxes|ssl certificate|ssl certificates|wildcard|antivirus|anti virus|endpoint protection|edr|mdr|siem|spam filter|spam filtering|mail filtering|email filtering|email archive|email archiving|archiving|monitoring|rmm|patch management|mdm|azure|aws|amazon web services|ec2|s3|rackspace|salesforce|zendesk|dropbox|adobe cc|creative cloud|acronis|veeam|datto|sophos|webroot|bitdefender|mimecast|messagelabs|huddle|kahootz|yammer|voip|hosted voice|cloud platform|wordpress platform|cloud backup|data backup|offsite backup|disaster recovery|dns|cdn|domain|domains|website search|telecoms|data line|data lines|hosted exchange|e mail security|saas|iaas|paas|daas|office 365|microsoft 365|o365|m365|exchange online|sharepoint online|lync online|dynamics crm online|google apps|google workspace|g suite"},
	{forRecurring, 3, "workstation management|server management|device management|desktop management|network management|managed workstation|managed network"},
	{forRecurring, 2, "msp|agreement|support|supp|users|user accounts|service desk|help desk|helpdesk|cloud service|cloud services|server support|remote support|lan support|security service|protection|advisory alerts|secure email|managed print|bureau|email service|mail service|# users|# user|service fee|year #|yr #|telecommunications|# seats|wan"},
	{forThing, 3, "virtual desktop|virtual desktops|cloud desktop|e1|e3|e5|business basic|business standard|business premium|email protect*|web protect*"},
	{forThing, 2, "endpoint|endpoints|capacity|retention|plan #|gb|tb|instance|instances|web filter|vpn|firewall|shared server|call recording|# gb|application services|print services|platform"},
	{forRecurring, 3, "24 7|24 hour|24 hours|24x7|24 x 7"},
	{forRecurring, 2, "live support"},
	{forRecurring, 1, "service|services|service management|servers|accounts|module|online|agents|alerts|software|environment|node|nodes|dev test|dev and test|test environment|dev environment|test server|sql server|windows server|email|recording|data centre|secure|filter|il2|il3|module licence|edition|package|crm|system|client|cloud|portal|il0|web|website|internet|digital platform|pack|quarter|certificate|certificates|tool|suite|pro|tier|database"},

	// One-off work and what belongs to it.
	{forProject, 6, "implement*|one off|one time|early live support|maintenance release|termination|exit fee|early life support|support to|one-time fee|non recurring|set up|setup|set up fee|set up charge|setup fee|installation|install|onboarding|on boarding|perpetual|implementation|decommission*|go live"},
	{forProject, 4, "training|workshop|workshops|milestone|sprint|phase #|phase one|phase two|work package|workpackage|wp#|wp|proof of concept|pilot|migration|migrate|migrating|conversion|roll out|rollout|health check|healthcheck|penetration test|penetration testing|pen test|pentest|pen testing|ithc|it health check|discovery|feasibility|business case|change request|change control|user testing|user research|usability testing|statement of work|sow|accreditation|rmads|tender|interim claim|stage #|stage payment|final payment|deposit|project|projects|capital|additions|under construction|legal fees|legal fee|relocation|office move|cabling|commissioning|kick off|inception|prototype|hackathon|conference|seminar|course|e learning development|dev work|development work|deployment|delivery of|provision of #|survey|study|expenses|travel|subsistence|t s|mileage|accommodation|train fare|retest|recruitment|replacement|procurement support|migration support|project support|programme support|transition support|support to review|assurance|data migration|data cleansing|data entry"},
	{forProject, 3, "development|design|designs|design and build|build|integration|configuration|config|customis*|customiz*|bespoke|upgrade|upgrades|enhancement|enhancements|transition|strategy|strategic|audit|review|assessment|appraisal|evaluation|analysis|planning|roadmap|specification|requirements|architecture|testing|test|programme|transformation|change management|redesign|extension to|initiation|phase|scoping|benefits|advisory|research|investigation|recovery of|procurement|outline|options|campaign|replatforming|re platforming|branding|video|inspection|optimis*|tuning|reporting development|report|engagement|commercial management|knowledge transfer|delivery"},
	{forProject, 2, "agile|technical services|business change|modernisation|work on|works|advice|guidance|quick start|prep|preparation|plan for|workflow|digital service|portfolio|interim|mobilisation"},

	// Labour by the hour, the day or the visit.
	{forLabour, 6, "day rate|daily rate|hourly rate|man day|man days|consultancy day|consultancy days|professional services|time and materials|time materials|t m|t & m|call out|callout|# days|# day|# hours|# hour|# hrs|# hrs labour|labour|labor|site visit|engineer visit|ad hoc support|adhoc support|ad hoc|out of hours call|timesheet|agency staff|contractor|contractors|freelance*|sfia|body shop|secondment|temporary staff|repair|repairs|break fix|breakfix|virus removal|remote session"},
	{forLabour, 4, "developer|developers|analyst|analysts|architect|architects|technical architect|tester|testers|project manager|programme manager|test manager|delivery manager|product manager|product owner|service manager|scrum master|programmer|designer|consult*|coach|coaching|coaches|mentoring|facilitation|facilitator|specialist|subject matter expert|sme|interim manager|technical lead|team lead|cell lead|lead developer|tech architect|administrator days|resource|resources|resourcing|staff augmentation|engineering time|trip charge|travel charge|travel time|data recovery|days|hours|hrs|engineering services|software engineering|cto|ciso|cio|manager|director|engineer|engineers|project management|programme management|administrator|trainer|auditor|officer|expert|adviser|advisor|business analysis|technical resource|additional work|labour charge|visit|remote work|workstation repair|laptop repair|server repair|diagnos*|troubleshoot*|pmo"},
	{forLabour, 4, "# h"},
	{forTime, 6, "per hour|per day|an hour|a day"},
	{forTime, 2, "day|hour"},
	{forLabour, 3, "specialist cloud services|scs|clas|lead|staff|manpower|technician|partners in it|timesheets|associate|programming|coding|fix|fixing"}, //nolint:misspell // CLAS is a British scheme of security advisers

	{forPrepaid, 8, "prepaid hours|pre paid hours|prepaid support|prepaid block|block hours|block of hours|hours block|support hours block|support pack # hours|bank of hours|time bank|hour bundle|hours bundle|bundle of hours|prepaid time|pre paid support|block time|hours prepaid|prepaid support hours|support block|support credits|support pack"},

	{forResale, 3, "purchase|purchases|purchase of|shipping|freight|carriage"},
	{forResale, 6, "hardware|optiplex|poweredge|proliant|thinkcentre|cable|hdd|nvme|ups|rack|power supply|graphics card|office home and business|laptop|laptops|notebook|notebooks|desktop pc|desktop pcs|pcs|monitor|monitors|printer|printers|toner|toners|cartridge|cartridges|keyboard|mice|docking station|server hardware|network switch|switches|router|routers|access point|access points|hard drive|hard disk|ssd|memory upgrade|ups battery|thinkpad|latitude|elitebook|probook|macbook|ipad|ipads|iphone|iphones|tablet|tablets|headset|headsets|patch lead|patch leads|computer equipment|it equipment|ict equipment|computer hardware|it hardware|hardware purchase|hardware purchases|consumables|cables|projector|projectors|surface pro|barcode scanner|scanners|tokens|handset|handsets|webcam|webcams"},
}

var german = []group{
	{forRecurring, 5, "monatlich*|monatspauschale*|monatsgebühr*|monatsmiete|jahresgebühr*|jahrespauschale|jahreslizenz*|jahresabo*|jahreswartung*|quartalspauschale|wartungsvertrag*|servicevertrag*|supportvertrag*|betreuungsvertrag*|wartungspauschale*|servicepauschale*|betreuungspauschale*|supportpauschale*|grundgebühr*|softwarepflege*|softwarewartung*|pro monat|je monat|im monat|pro benutzer|je benutzer|pro nutzer|je nutzer|pro arbeitsplatz|je arbeitsplatz|pro gerät|je gerät|pro postfach|je postfach|pro jahr|je jahr|*abonnement*|mietlizenz*|managed services|lizenzverlängerung*|pflegevertrag*|*wartungsvertrag*|*monatspauschale*|*servicevertrag*|*supportvertrag*"},
	{forRecurring, 4, "jährlich*|halbjährlich*|vierteljährlich*|quartalsweise|quartalsgebühr|abo|miete|leasing|mtl|jahresbeitrag|laufzeit|vertragslaufzeit|verlängerung*|*hosting*|flatrate|pauschale monat"},
	{forRecurring, 3, "lizenz*|*lizenz|*lizenzen|wartung|*wartung|betreuung|*sicherung|datensicherung*|virenschutz*|*postfach|*postfächer|postfächer|überwachung|*überwachung|webhosting|rechenzentrum*|internetanschluss*|telefonanlage miete|cloudspeicher|onlinespeicher|*backup*|patchmanagement|domaingebühr*|gebühr|nutzungsgebühr*|bereitstellungsgebühr monat"},
	{forProject, 6, "einmalig*|einrichtung*|*einrichtung|installation*|inbetriebnahme|*installation|umzug|einrichtungsgebühr"},
	{forProject, 4, "schulung*|*schulung|migration*|*migration|*projekt|projekt*|umstellung*|*umstellung|einführung*|konzept*|aktualisierung|erweiterung|umbau|verkabelung*|fahrtkosten*|anfahrt*|reisekosten*|spesen|anpassung*|entwicklung|programmierung*|beratung|beratungsleistung*|analyse|bestandsaufnahme|audit"},
	{forLabour, 6, "arbeitszeit*|stunde|stunden|std|stundensatz|tagessatz|nach aufwand|*stunden|technikerstunde*|arbeitsstunde*|vor ort einsatz|vororteinsatz*|vor ort|einsatz|fernwartung sitzung|fehlersuche*|störungsbeseitigung*|fehlerbehebung*|reparatur*|*reparatur|notfalleinsatz*|dienstleistung nach aufwand|manntag*|personentag*|technikereinsatz*|arbeitslohn|regiearbeit*"},
	{forLabour, 4, "techniker|dienstleistung|dienstleistungen|berater|support nach aufwand"},
	{forPrepaid, 8, "stundenkontingent*|kontingent|zeitkontingent*|stundenpaket*|stundenblock*|servicekontingent*|supportkontingent*|prepaid stunden"},
	{forResale, 6, "drucker|bildschirm*|tastatur*|festplatte*|arbeitsspeicher*|netzteil*|rechner|handelsware*|kabel|maus|scanner|router|switch|dockingstation*|server hardware|patchkabel|akku|mobilteil*|*drucker"},
}

// families lists the words of the eight service families, by bit.
var families = [8]string{
	"helpdesk|help desk|service desk|servicedesk|user support|technical support|support contract|support agreement|support services|remote support|telephone support|desktop support|it support|full management|managed desktop|support|betreuung|supportvertrag*|anwenderbetreuung|servicepauschale*|betreuungspauschale*|*supportvertrag*",
	"monitoring|patch*|rmm|server management|proactive maintenance|maintenance|managed server|managed servers|managed vm|server support|wartung|*wartung|*wartungsvertrag*|überwachung|*überwachung|noc|managed service|managed services|softwarepflege*",
	"backup|backups|backup as a service|disaster recovery|data protection backup|bdr|veeam|datto|acronis|archiving|archive|datensicherung*|*sicherung|*backup*|replication|restore",
	"antivirus|anti virus|endpoint protection|endpoint security|edr|mdr|xdr|virenschutz*|sophos|bitdefender|webroot|eset|crowdstrike|defender|encryption|soc|siem|security service|vulnerability|security monitoring",
	"mfa|# factor|single sign on|sso|identity|spam*|mail filter*|email filter*|email security|mimecast|messagelabs|ssl|certificate|certificates|oath|token|secure email|phishing|awareness|password manager|e mail security|entra|dmarc|mailschutz|email encryption|boundary encryption",
	"network|networks|firewall|firewalls|vpn|wan|lan|wifi|wi fi|wlan|broadband|internet|connectivity|leased line|switch|switches|sip|voip|telephony|line rental|telefon*|netzwerk*|dns|fibre|router|psn|bandwidth|internetanschluss*",
	"cloud|hosting|hosted|*hosting*|office 365|microsoft 365|o365|m365|exchange|exchange online|sharepoint|sharepoint online|azure|aws|saas|iaas|paas|virtual server|virtual servers|virtual machine|virtual machines|vm|vms|compute|storage|as a service|mailbox|mailboxes|postfach|postfächer|colocation|data centre|rechenzentrum*|google workspace|google apps|domain|domains|website|licence|license|subscription|software as a service|lizenz*|software|vcpu",
	"consult*|advice|advisory|strategy|roadmap|virtual cio|vcio|business review|qbr|beratung*|compliance|governance|gdpr|dsgvo|iso 27001|cyber essentials|audit|assessment|planning|review|architecture",
}
