package record

import "strings"

// roleWords are the functions that mailboxes are named after. Sources: RFC 2142,
// and the words of imprints and contact pages in seven languages.
var roleWords = set(`
	abuse accounting accounts accountspayable accountsreceivable accreditation admin administration administrator administrateur advertising alert alerts all ap api app apps ar
	archive assistance assistant audit auto automailer automated autoreply back-office backoffice banking bewerbung billing bills board booking bookings bookkeeping bounce bounces
	buchhaltung buero büro business buyer buyers careers career cash catering ceo cfo chat claims clerk client clients cloud club commercial comms communication communications compliance comptabilite compta
	concierge conference contabilidad contabilita contact contacto contactus contatti contato contracts controlling cookies coordination copyright corporate coo credit creditcontrol crew crm cs cto customer customercare customerservice
	customers customersupport daemon data datenschutz datenschutzbeauftragter delivery demo desk dev developer developers devops devnull digital direction director directeur dispatch dmarc dns do-not-reply documents donotreply dpo
	e-rechnung editor editorial education einkauf email emails employment empfang engineering enquiries enquiry erechnung event events everyone export facility facturacion facturation facture factures facturen fattura fatture
	faturamento faq fax feedback finance finances finanzen firma firewall fleet forum foundation franchise fraud frontdesk ftp gdpr general geschaeftsfuehrung geschäftsführung gestion git hallo hola help helpdesk
	hello hi hilfe host hosting hostmaster hotline hr hr-team humanresources immo import impressum inbound inbox info infos information informatique informazioni inkoop innovation inquiries inquiry insurance integration intern international
	invest investor investorrelations investors invoice invoices invoicing ir it itsupport jobs job kasse klantenservice konto kontakt kontor kundenservice kundendienst kundenbetreuung kundeservice lager law legal letters library license
	licensing list listserv logistics logistik logistique loyalty mahnwesen mail mailbox mailer mailer-daemon mailerdaemon mailing main maintenance management manager marketing marketplace media member members membership
	messages mitarbeiter monitoring msp network news newsletter newsletters noc no-reply noreply noreplies notify notification notifications nobody no_reply office offers office365 online operations ops operator order orders orderdesk
	ordini ouvidoria outreach parking partner partners partnership partnerships pay payable payables payment payments payroll pedidos personal personalabteilung photos pmo portal post postbox poststelle postmaster
	pr praktikum prensa presse press privacy procurement production product products project projects projekte proveedores purchase purchases purchasing qa quality quote quotes reception recepcion rechnung rechnungen rechnungseingang rechnungswesen
	recruiting recruitment recrutement redaktion redaction refunds register registrar registration relay remittance renewals rental reply report reporting reports request requests reservas reservation reservations reservierung response restaurant
	returns retouren review rh root rma robot sales satzung sav scan scanner school secretariat secretary secretaria security sekretariat sekretariaat service services servicedesk service-client serviceclient shareholders shipping shop
	signup sistemas social soporte spam sponsoring sponsors ssl staff statements stats status store studio subscribe subscriptions subscription success suggestions supplier suppliers supplychain support survey surveys sysadmin system systems tax
	taxes team tech technical technik technology telefon test testing tickets ticket tourism trade trading training transactional transport travel treasury trust ufficio unsubscribe updates user users usenet uucp vendas vendor
	vendors ventas verkauf verkoop vertrieb vente ventes verwaltung vip voicemail volunteer warehouse warranty web webadmin webmail webmaster website webteam welcome werbung wholesale work workshop www zahlung zentrale
	accueil administracion administrativo amministrazione atencion atendimento boekhouding comercial commerciale compras consultas direccion facturatie financeiro financien financieel acquisti vendite assistenza segreteria personeel
	bestellung bestellungen bestelling bestellingen commande commandes lieferanten crediteuren debiteuren kreditoren debitoren rekrutierung karriere ausbildung anfrage anfragen angebot angebote reklamation reparatur versand wareneingang
	notifica notifiche notificaciones avisos pagos pagamenti paiement paiements cobros reclamaciones reclami faktura faktury fakturor ekonomi biuro ksiegowosc sprzedaz kontakte info-team infobox
	contactez contacteznous nous livraison achat achats webinar webinars academy affiliate affiliates relations publicrelations mediarelations community owner claim license refund collection collections printer shop ecommerce catalogue catalog tender tenders planning
	act action activation agency agenda agent agents aide alarm analytics announcements annual application applications appointment appointments approval approvals assets audio auditor authorities automation award awards benefits bid bids bizdev blog brand branding bug bugs calendar call callcenter campaign
	campaigns cashier center centre central certificate certification channel charity checkout chef cleaning clinic close code collaborate collaboration college commerce commission committee common complaint complaints computer connect consult consulting consumer content controller cooperation coordinator correspondence
	council course courses court creative curator dashboard database datacenter dataprotection debt debtors department deploy deployment deputy design desktop device diensten diploma directory discount discuss distribution distributor distributors document doctor domain domains donate donation donations download drive
	ebilling edi edit einvoice einvoicing electronic emergency enrol enrolment enroll entertainment entry equipment error errors escalation estate estimate estimates exchange executive exhibition expense expenses expert experts factory facilities faculty fiber field file files filing film first-line fitness form forms forward
	founders freight fulfillment fulfilment fund funds fundraising gallery garage gateway gift giftcards global go grants graphics group guest guests gym headquarters health healthcare hire hiring holiday home homepage hospital hosts hotel hotels house housing hq idea ideas image images incident incidents income industrial
	info-desk infodesk infra infrastructure initiative inspection installation institute institution integrations intranet inventory jira kitchen kurs kurse lab labs labor language lead leads leadership learn learning leasing lease leave lecture lieferung line live loan loans local location login lost lounge lunch machine
	manufacturing map market markets master material materials meet meeting meetings memberservices merchandise merchant merchants message metrics mobile model modem money mortgage museum music nachricht neu new newsdesk newsroom nieuws night note notes nursing offer offerte offertes onboarding ops-team outbound
	outlet package parts password patent patents patient patients performance permits phone photo physician platform policy pool port portfolio postoffice pre-sales presales president pricing prices print printing printshop pro procure programs program promo promotion promotions property proposal proposals provider
	public publication publications publicity publishing purchaseorders qc query question questions raffle rate rates reach receipt receipts receivable receivables receiver record recordings records recycle redesign referral referrals refer region regional regulatory rent repair repairs representative rep reps research researcher
	resources response responses retail review reviews rewards risk room rooms route rsvp safety sample samples schedule scheduling scholarship science search season seats secure seminar seminare send sender server servers servicios setup share shipment shipments show showroom signups site sites sms software solution solutions sos
	sourcing space spam speaker speakers specialist sponsor sponsorship sport sports stage standards start startup statement station stock stop storage strategy stream student students submissions submit supervisor supply surgery switchboard sync talent talents talk target task tasks taxi telecom telefonzentrale telephone
	television template tenant tenants terminal test tests theatre tips title token tool tools tour tours track tracking trader traffic trainee training-team transfer transfers translation translations transparency truck tv ui union unit university upload urgent user usa utility ux vacancies vacancy vacation validation vat
	venue verification verify video videos visa visit visitor visitors voice voucher vouchers wallet watch wedding weekly wellness wiki winery wire wireless women worker workers works world writer yard youth zoom
	mehrwertsteuer lohn lohnbuchhaltung gehalt steuer steuern auftrag auftraege aufträge disposition werkstatt technikservice hausverwaltung praxis kanzlei apotheke rezeption reservierungen gutschein gutscheine newsletter-de leitung vorstand betriebsrat ausschreibung ausschreibungen qualitaet qualität umwelt
	comptes reglement reglements règlement relances litiges qualite juridique informatique rh-recrutement conseil boutique magasin adv adherents inscriptions inscription formation formations devis client-service relationclient relation ecoute
	pagos cobro tesoreria calidad logistica almacen reclutamiento empleo prensa soporte-tecnico tienda taller amministratore contabilita spedizioni magazzino personale stampa lavora qualita preventivi prenotazioni
	nepasrepondre ne-pas-repondre noresponder no-responder nonrispondere nichtantworten antwortenichtmoeglich`)

// alsoNames are functions that are given names or surnames too: beside another
// word they do not make a role.
var alsoNames = set(`law post press page general main cash bill pay work trade school club board do host list photos root tech web hi it ar ap cs all personal partner shop store may king
	chat do ir pr hr rh qa studio news law international business system desk review data product back clerk digital`)

// freeMail are the providers that give mailboxes to everybody.
var freeMail = set(`gmail.com googlemail.com outlook.com outlook.fr outlook.de outlook.es outlook.it hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.es hotmail.it live.com live.fr live.de live.co.uk live.nl msn.com
	yahoo.com yahoo.fr yahoo.de yahoo.co.uk yahoo.es yahoo.it yahoo.co.in yahoo.com.br yahoo.co.jp ymail.com rocketmail.com aol.com aol.de aim.com icloud.com me.com mac.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.com
	gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr web.de freenet.de t-online.de arcor.de mail.de email.de posteo.de posteo.net mailbox.org online.de 1und1.de kabelmail.de vodafone.de
	orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr aliceadsl.fr cegetel.net club-internet.fr libero.it virgilio.it tiscali.it alice.it tin.it email.it inwind.it iol.it
	mail.ru bk.ru inbox.ru list.ru yandex.ru yandex.com ya.ru rambler.ru wp.pl o2.pl onet.pl onet.eu interia.pl gazeta.pl poczta.fm seznam.cz email.cz centrum.cz atlas.cz azet.sk zoznam.sk
	bluewin.ch hispeed.ch sunrise.ch telenet.be skynet.be proximus.be ziggo.nl kpnmail.nl xs4all.nl planet.nl hetnet.nl home.nl upcmail.nl chello.nl btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk
	comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com zoho.com zohomail.com fastmail.com fastmail.fm hushmail.com hey.com mail.com email.com usa.com gmx.us inbox.com
	qq.com 163.com 126.com sina.com sina.cn foxmail.com naver.com daum.net hanmail.net rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com sapo.pt hotmail.com.br telefonica.net terra.es
	telia.com online.no abv.bg ukr.net i.ua freemail.hu citromail.hu mailinator.com yopmail.com guerrillamail.com duck.com mozmail.com`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}
