// SPDX-License-Identifier: Apache-2.0

package recurring

// products are names of what is sold by the month or the year and by nothing else, and the words around them. They come
// from price lists of providers, not from any one set of invoices.
var products = []group{
	{forThing, 3, "intune|windows intune|xenmobile|airwatch|mobileiron|jamf|slack|zoom phone|webex|teamviewer|logmein|splashtop|screenconnect|docusign|power bi|visio plan|project online|dynamics 365|dynamics online|crm online|defender for business|defender for endpoint|entra id|azure ad|autopilot|" +
		"egnyte|proofpoint|barracuda|knowbe4|huntress|sentinelone|crowdstrike|duo mfa|okta|lastpass|1password|keeper security|bitwarden|it glue|hudu|backblaze|wasabi|axcient|arcserve|altaro|hornetsecurity|exclaimer|codetwo|avepoint|dropsuite|cloudally|n central|ninjaone|ninjarmm|liongard|auvik|meraki licence|meraki license|" +
		"fortinet|fortigate|forticare|sonicwall|watchguard|fortiguard|umbrella|dmarc|vulnerability scanning|vulnerability scan|phishing simulation|awareness training platform|password manager|web hosting|shared hosting|managed hosting|managed backup|managed firewall|managed switch|managed wifi|managed router|managed print|" +
		"m365 business premium|m365 e3|m365 e5|office 365 e3|office 365 e5|exchange plan|business essentials|spla|csp licence|csp license|sms|text messages|messaging service"},
	{forThing, 2, "on demand user|cloud edition|online services|charge|charges|fees for the period|monetary commitment"},
	{forThing, 5, "gartner"}, // a research subscription, unless the line is about work
	{forRecurring, 8, "gartner for"},
	{forRecurring, 3, "on demand|ssl cert|ssl certs|wildcard cert|cloud based|network services|provision of 24 7|provision of 24x7"},
	{forRecurring, 5, "24 7 monitoring|monitoring service|monitoring services|service charge|service charges|platform fee|platform charge|platform subscription|user subscription|core service fee|unlimited support|proactive support|software maintenance and support|support subscription|support renewal|licence fee|license fee|licence fees|license fees|licence charge|license charge|" +
		"managed support|fully managed|care contract|service plan|support plan|maintenance plan|service package fee|monthly plan|annual plan|hosting fee|hosting charge|hosting charges|rental fee|lease payment|recurring charge|recurring fee|recurring services|periodic charge|standing fee|membership|membership fee"},
	{forRecurring, 4, "run service|run services|run and maintain|overage|overages|auto renew*|autorenew*|subscri*|mainten*|maintai*|maintanance|hostin*|renewa*|anual|annualy|monthy|montly|quaterly|per licence|per license|per mailbox per month|per node|per site per month|billed monthly|billed annually|evergreen|per extension|per handset|per line|pay monthly"},                                                                           //nolint:misspell // mistyped on purpose
	{forRecurring, 3, "licen*|liscen*|lisence*|enterprise accounts|user account|access service|user access|subscription plan|per core|per vm|laptop management|printer management|pc management|tablet management|switch management|router management|firewall management|patch management|endpoint management|mobile device management|backup management|server monitoring|network monitoring|alert monitoring|application hosting|data hosting"}, //nolint:misspell // mistyped on purpose
	{forRecurring, 1, "it support|ict support|support management|support team|support stage"}, // a fee, or hours of help: the amounts tell
	{forRecurring, 2, "support service|collaboration service|storage and processing|add on|premium|usage based|metered"},

	// Not a purchase of anything.
	{forResale, 0, "purchase order|purchase order no|purchase order number|purchase order nr|purchase ref|purchase ledger"},

	{forProject, 1, "additional|extra"},
	{forProject, 6, "one off fee|once only|decommissioning"},
	{forProject, 4, "poc|p o c|demo|beta|alpha|mvp|proof of value|trial run|pilot project|handover|cutover|data conversion|site survey|wifi survey|work order|change order|professional service|professional services|stage one|stage two|iteration|iterations|design work|build work|rollout of|deployment of|install of"},
	{forProject, 3, "implmntn|implementn|reconfiguration|tidy up|clean up|cleanup|rebuild|re build|re imaging|reimaging|reinstall*|replacement of|move of|relocat*"},
	{forLabour, 6, "after hours work|emergency call out|emergency callout|on site work|onsite work|onsite visit|on site visit|bench work|workshop time|bench time|billable hours|billable time|hourly support|out of scope work|out of contract|chargeable work|chargeable support|additional hours|additional days|extra hours|overtime|man hours|engineer hours|technician hours|consultant days"},
	{forLabour, 4, "support work|technical work|help with|assist with|assistance with|assisted|attended site|attend site|investigat*|resolv*"},
	{forResale, 6, "docking|dock|usb c hub|charger|chargers|battery pack|battery replacement|ram upgrade|motherboard|nas device|synology|qnap|external drive|usb stick|thin client|thin clients|workstation pc|all in one pc|chromebook|chromebooks|surface laptop|phone handset|phone handsets|yealink|polycom|switch 24 port|24 port|48 port|poe switch|patch panel|rack cabinet|server rack|wall mount|hdmi|displayport|televisions|television"},
}

// romance are the basics of French and Spanish.
var romance = []group{
	{forRecurring, 5, "mensuel*|abonnement|abonnements|contrat de maintenance|contrat de support|contrat de service|forfait mensuel|redevance|redevances|infogérance|infogerance|hébergement|hebergement|par mois|par an|par utilisateur|par poste|renouvellement*|cuota mensual|mensual|mensuales|mensualidad|suscripción|suscripcion|suscripciones|contrato de mantenimiento|contrato de soporte|alojamiento|por usuario|por mes|por año|renovación|renovacion|servicio gestionado|servicios gestionados|services managés|service managé"},
	{forRecurring, 4, "annuel*|trimestriel*|semestriel*|anual|anuales|trimestral*|semestral*|mantenimiento|loyer|alquiler|cuota"}, //nolint:misspell // French and Spanish
	{forRecurring, 3, "licence|licences|licencia|licencias|sauvegarde|sauvegardes|copia de seguridad|copias de seguridad|messagerie|correo|dominio|nom de domaine"},
	{forProject, 6, "mise en place|mise en service|instalación|instalacion|puesta en marcha|frais de mise en service|frais d installation"},
	{forProject, 4, "formation|migración|migracion|proyecto|projet|projets|étude|etude|développement|developpement|desarrollo|configuración|configuracion|paramétrage|parametrage|déplacement|deplacement|desplazamiento|câblage|cablage|cableado|consultoría|consultoria|formación|formacion|déploiement|deploiement"}, //nolint:misspell // French and Spanish
	{forLabour, 6, "main d oeuvre|heure|heures|hora|horas|mano de obra|dépannage|depannage|intervention|interventions|intervención|intervencion|jours homme|jour homme|journée|journee|reparación|reparacion|réparation|reparation|visite sur site|visita|asistencia técnica por horas"},                                //nolint:misspell // French and Spanish
	{forPrepaid, 8, "carnet d heures|banque d heures|bono de horas|bolsa de horas|forfait heures|crédit d heures|credit d heures|bono horas"},
	{forResale, 6, "ordinateur|ordinateurs|ordenador|ordenadores|imprimante|imprimantes|impresora|impresoras|écran|ecran|écrans|portátil|portatil|portátiles|clavier|souris|teclado|ratón|raton|disque dur|disco duro|matériel|materiel"},
}

// germanMore are further German words.
var germanMore = []group{
	{forRecurring, 5, "wartungsgebühr*|wartungspaket*|servicegebühr*|bereitstellung monatlich|managed service|managed client|managed server|managed firewall|managed backup|managed workplace|nutzungsentgelt*|softwaremiete|serverhosting|mailhosting|full service vertrag|rahmenvertrag wartung|betreuungsvertrag|pauschale monatlich|monatl|monatspreis|vertragspauschale*|serviceflat*|supportflat*|it flat*|updatevertrag|aktualitätsgarantie|hotlinevertrag"},
	{forRecurring, 4, "subskription*|abrechnungszeitraum|leistungszeitraum|vertragsnr|vertragsnummer|mietpreis|nutzung von|quartalsrechnung|jahresrechnung|vorauszahlung wartung|*flatrate|*flat|*miete"},
	{forRecurring, 3, "betreuungs*|hotline|fernwartung pauschal|spamschutz|mailarchiv*|e mail archiv*|archivierung|ssl zertifikat*|zertifikat*|managed antivirus|telefonie|sprachkanal|sprachkanäle|nebenstelle*|glasfaser|standleitung"},
	{forProject, 4, "workshop|umsetzung|ersteinrichtung|grundeinrichtung|inventur|dokumentation|rollout|pilotprojekt|abnahme|zwischenrechnung|abschlagsrechnung|teilrechnung|schlussrechnung|anzahlung|upgrade|update auf|neuinstallation|einspielen|serverumzug|wegpauschale|kilometer*|fahrzeit"},
	{forLabour, 6, "arbeitseinheit*|arbeitseinheiten|ae|stundenlohn|techniker vor ort|support vor ort|fernsupport|remote support nach|einsatzpauschale|servicetechniker|mannstunden|personalstunden|überstunden|tagespauschale"},
	{forResale, 6, "notebook|notebooks|laptop|monitor|monitore|tastaturen|toner|headset|ssd|server tower|usv|nas|smartphone|handy|telefonapparat|firewall hardware|lizenz einmalig|kauflizenz*|dauerlizenz*"},
}
