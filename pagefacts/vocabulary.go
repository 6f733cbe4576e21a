package pagefacts

// role is what a label says about the value beside or below it.
type role string

// Roles of labels.
const (
	number    role = "number"
	date      role = "date"
	due       role = "due"
	delivery  role = "delivery"
	orderRef  role = "order"
	customer  role = "customer"
	payRef    role = "payment"
	net       role = "net"
	tax       role = "tax"
	gross     role = "gross"
	payable   role = "payable"
	prepaid   role = "prepaid"
	subtotal  role = "subtotal" // of the items: net in some papers, gross in others
	rounding  role = "rounding"
	cash      role = "cash"
	change    role = "change"
	bic       role = "bic"
	vatID     role = "vat"
	seller    role = "seller"
	buyer     role = "buyer"
	shipTo    role = "ship"
	invoiceIs role = "invoice" // titles
	creditIs  role = "credit"
	receiptIs role = "receipt"
	paperIs   role = "paper" // titles of papers that are no invoices
	other     role = "other" // a value that must not be taken for another
)

// entry is a list of labels of one language and role. Rank is how surely the
// label means its role: 3 is what says it in full, 1 a word that may stand for
// many things.
type entry struct {
	language string
	role     role
	rank     int
	labels   string
}

// vocabulary has the labels as they are printed, parted by bars. Accents, case
// and signs do not matter. Where one label begins with another, the longer one
// counts.
var vocabulary = []entry{
	{"en", number, 3, "invoice number|invoice no|invoice nr|invoice num|invoice #|invoice id|inv no|inv #|tax invoice no|tax invoice number|bill number|bill no|bill #|receipt number|receipt no|receipt #|credit note number|credit note no|credit note #|credit memo no|credit memo number|cash bill no|invoice reference|invoice ref|your invoice number|number of invoice"},
	{"en", number, 2, "document number|document no|doc no|document id|ref no|trans no|transaction no|slip no|trn|bill|invoice/receipt no|inv"},
	{"en", date, 3, "invoice date|date of invoice|inv date|bill date|billing date|receipt date|date of issue|issue date|issued at|issued on|date issued|credit note date|invoice issued|tax date|invoice issue date"},
	{"en", date, 2, "dated|issued|document date|doc date|date|date/time|date & time|printed on|trans date|transaction date|date time"},
	{"en", due, 3, "due date|payment due|payment due date|date due|pay by|due by|please pay by|payment due by|please remit until|remit until|amount due on|total amount due on|payable by|due on|pay before|due"},
	{"en", delivery, 3, "delivery date|date of delivery|date of supply|supply date|service date|delivered on|date delivered|tax point|ship date|shipped on|shipping date"},
	{"en", orderRef, 3, "purchase order|purchase order number|purchase order no|order number|order no|order id|order #|po number|p.o. number|po no|p.o. no|po #|p.o. #|your order|your order no|your order number|customer order|order reference|po|buyer's order no|buyers order no|customer po|your po|customer order no|your order ref|booking reference|booking no|booking number|reservation number|order ref"},
	{"en", orderRef, 1, "reference|your ref|ref"},
	{"en", customer, 3, "customer number|customer no|customer id|customer #|client number|client no|client id|account number|account no|customer code|customer|your customer number|cust no"},
	{"en", payRef, 3, "payment reference|reference for payment|payment ref|communication for your payment|following communication for your payment|remittance reference|kid|ocr number|please quote"},
	{"en", net, 3, "net total|total net|net amount|amount excl tax|amount excl vat|amount ex vat|amount excluding tax|amount before vat|amount net|total excl|total excl vat|total excl tax|total excluding vat|total excluding tax|total ex vat|total ex gst|total before vat|total before tax|taxable amount|total net amount|amount excluding vat|net value|amount before tax|sub total excl gst|sub total (excluding gst)|subtotal excl vat|total (excluding gst)|total excluding gst|total excl. gst|total sales (excluding gst)|total sales excluding gst|total amount excluding gst|taxable value|amount excl gst|total w/o tax|vat exclusive|net"},
	{"en", subtotal, 3, "subtotal|sub total|sub-total|items total|item total|items subtotal|total charges|charges|goods total|total sales|total items"},
	{"en", tax, 3, "total vat|vat total|vat amount|total tax|tax total|sales tax|tax amount|total gst|gst amount|vat payable|total vat amount|gst total|tax payable|total sales tax|add gst|amount of vat|igst amount"},
	{"en", tax, 2, "vat|tax|gst|gst payable|hst|pst|qst|plus vat|igst|service tax|gst @|vat @|sst"},
	{"en", gross, 3, "grand total|invoice total|total incl|total incl vat|total incl tax|total including vat|total including tax|total inc vat|total inc gst|total inc tax|total incl gst|total including gst|total inclusive of gst|total (inclusive of gst)|total sales (inclusive of gst)|total sales inclusive of gst|total (gst incl)|total with tax|total for this invoice|total after tax|gross total|total gross|gross amount|amount including vat|total amount incl|total amount inclusive|total amount (inclusive of gst)|net total after rounding|total after rounding|rounded total|rounded total (rm)|total rounded|total after adj|total inc. gst|invoice amount|invoice value|order total|nett total|total rm incl. of gst|total sales inclusive gst|sales total|total payment|total this invoice|total (incl. gst)|total amt incl gst|total amt incl. gst @ 6%|total incl. gst@6%|total incl gst @ 6%|total gross amount|total price|amount incl gst"},
	{"en", gross, 2, "total|total amount|total amt|amount total|total rm|total (rm)|total eur|total usd|total gbp|total (eur)|total (usd)|total due|total amount payable|total sale|bill total|total cost|total charge|total charged|total invoice"},
	{"en", payable, 3, "amount due|total amount due|balance due|amount payable|due payable|balance|total to pay|to pay|please pay|total payable|net payable|payment amount|outstanding balance|amount to pay|amount outstanding|amount owed|net amount payable|total due now|you pay|pay this amount"},
	{"en", prepaid, 3, "amount paid|paid|prepaid|deposit|less deposit|payments|payments received|advance paid|already paid|paid to date|less payments|payment received|prepayment|down payment|credits"},
	{"en", rounding, 3, "rounding|rounding adj|rounding adjustment|rounding adj.|round off|round adj|rounding amt|rnd adj|bill rounding|roundingadj"},
	{"en", cash, 3, "cash|cash tendered|cash received|tendered|tender|amount tendered|visa|mastercard|master card|credit card|debit card|card|amt tendered|cash payment|cash paid|payment by|paid by|visa card|cash amount|cash amt|eft|eftpos"},
	{"en", change, 3, "change|change due|cash change|balance change|change amt|change rm"},
	{"en", bic, 3, "bic|swift|swift code|swift/bic|bic/swift|bic code|bic (swift)|swift bic|swift-bic"},
	{"en", vatID, 3, "vat id|vat no|vat number|vat reg no|vat registration no|vat registration number|vat registration|vat reg|vat-id|vat id no|vat identification number|vat code|tax id|tax id no|gst no|gst reg no|gst registration no|gstin|gstin/uin|gst id|gst id no|abn|a.b.n.|tin|ein|vat/tin|tax number|tax registration no|tax reg no|gst reg #|gst no.|gst number|gst reg|gst id number|trn no|vat nr|vat registered no|gstin no|vat registration no.|registered for vat|abn no|gst registration|gst/hst|gst/hst no|gst/hst number|hst no|gst/hst registration no"},
	{"en", seller, 3, "sold by|seller|vendor|supplier|from|issued by|bill from|billed by|invoice from|service provider|merchant|provider|company name|sold & shipped by|prepared by|your supplier|supplied by"},
	{"en", seller, 1, "remit to|remit payment to|payee|account holder|account name|beneficiary|beneficiary name|pay to|payable to|please pay to"},
	{"en", buyer, 3, "bill to|billed to|billing address|bill to address|invoice to|invoiced to|sold to|buyer|client|customer name|customer address|to|attn|attention|invoice address|invoice for|purchaser|recipient|billing to|bill-to|prepared for|messrs|billing information|customer details|m/s|billed and shipped to|billed & shipped to|bill & ship to|bill to/ship to|sold & shipped to|charged to"},
	{"en", shipTo, 3, "ship to|shipping address|delivery address|deliver to|delivered to|shipped to|shipping to|place of supply|consignee|delivery to"},
	{"en", invoiceIs, 3, "invoice|tax invoice|sales invoice|commercial invoice|vat invoice|simplified tax invoice|retail invoice|retail invoices/bill|invoice summary|pro forma invoice|bill|self-billed invoice|simplified invoice"},
	{"en", creditIs, 3, "credit note|credit memo|credit memorandum|creditnote|credit invoice"},
	{"en", receiptIs, 3, "receipt|cash bill|cash receipt|official receipt|sales receipt|payment receipt|cash sales|cash sale|bill receipt"},
	{"en", other, 3, "order date|date of order|terms|payment terms|terms of payment|print date|member no|statement date|period|billing period|service period|from date|to date|birth date|date of birth|expiry date|valid until|phone|phone no|tel|tel no|fax|fax no|telephone|gln|invoice period|page|total discount|discount|total savings|total saving|you saved|total qty|total quantity|total item|total no of items|total weight|total hours|related invoice|original invoice|original invoice no|original invoice date|credit limit|previous balance|gst summary|tax summary|gst summary amount|company reg no|registration no|reg no|co reg no|delivery note|delivery no|exchange rate|quote no|quote number|contract no|item count|total points|points|terminal|shipping|shipping cost|freight|handling|bank account|iban|account|sort code|cashier|staff|table no|table|counter|pos no|till|valid from|no of items|items count|item(s)|qty|authorization|approval code|company no|roc no|co. no|our order|our ref|job site|sales order|your reference"},

	{"en", paperIs, 3, "statement of account|account statement|bank statement|purchase order form|quotation|quote|packing slip|delivery note|order confirmation|payment reminder|reminder|remittance advice|price list|shopping list|statement"},
	{"en", buyer, 1, "passenger|traveller|traveler|guest name|passenger name"},
	{"de", paperIs, 3, "kontoauszug|mahnung|zahlungserinnerung|lieferschein|angebot|auftragsbestätigung|kostenvoranschlag|preisliste|einkaufsliste|packliste"},
	{"fr", paperIs, 3, "relevé de compte|devis estimatif|rappel|confirmation de commande|liste de courses|relance"},
	{"de", number, 3, "rechnungsnummer|rechnungs-nr|rechnungsnr|rechnung nr|rechnung nummer|rechn.-nr|rg.-nr|re.-nr|re-nr|rnr|gutschriftsnummer|gutschrift nr|gutschrift-nr|gutschriftnr|rechnung #|handelsrechnung nr|rechnungs-nummer|bon-nr|quittungsnr|stornorechnung nr|ihre rechnungsnummer|unsere rechnungsnummer"},
	{"de", number, 2, "belegnummer|beleg-nr|belegnr|beleg nr|dokumentnummer|dokument-nr|bonnr|vorgangsnummer"},
	{"de", date, 3, "rechnungsdatum|belegdatum|rechnung vom|datum der rechnung|ausstellungsdatum|gutschriftsdatum|gutschrift vom|rg.-datum|rechnungs-datum|datum der ausstellung"},
	{"de", date, 2, "datum|ausgestellt am|erstellt am|vom|den|bondatum"},
	{"de", due, 3, "fälligkeitsdatum|fällig am|fällig bis|zahlbar bis|fällig|fälligkeit|zahlungsziel|zahlbar bis zum|zu zahlen bis|bitte zahlen sie bis|bis zum|spätestens bis|spätestens am|zahlung bis|bis spätestens|rechnung zahlbar bis|zahlungsfrist|netto bis|tagen netto bis|überweisen sie bis|buchen wir am|abbuchung am|einzug am|lastschrift am|abgebucht am|eingezogen am|ziehen wir am"},
	{"de", delivery, 3, "lieferdatum|leistungsdatum|liefer- und leistungsdatum|datum der lieferung|leistungszeitpunkt|tag der lieferung|lieferung vom|lieferung am|liefer-/leistungsdatum|liefertermin|datum der leistung"},
	{"de", orderRef, 3, "bestellnummer|bestell-nr|bestellnr|bestellung|bestellung nr|auftragsnummer|auftrags-nr|auftragsnr|auftrag nr|ihre bestellung|ihre bestellnummer|ihr auftrag|ihre bestellung nr|auftrag|ihr zeichen"},
	{"de", customer, 3, "kundennummer|kunden-nr|kundennr|kunde nr|ihre kundennummer|kunden-nummer|kd.-nr|kundennummer bei uns|debitorennummer|kunden-id|kunde"},
	{"de", payRef, 3, "verwendungszweck|zahlungsreferenz|referenz|referenznummer"},
	{"de", net, 3, "nettobetrag|gesamt netto|summe netto|netto gesamt|nettosumme|gesamtbetrag netto|netto summe|netto-betrag|rechnungssumme ohne ust|summe (netto)|gesamt (netto)|total netto|warenwert netto|zwischensumme netto|zwischensumme (netto)|gesamtnetto|nettogesamtbetrag|rechnungsbetrag netto|gesamtsumme netto|netto|nettowert|betrag netto|nettobetrag gesamt|gesamt ohne mwst|summe ohne mwst|entgelt netto|summe nettobetrag|total exkl mwst|total exkl. mwst|maßgebender nettobetrag"},
	{"de", subtotal, 3, "zwischensumme|positionssumme|warenwert|summe positionen|summe der positionen"},
	{"de", tax, 3, "steuerbetrag|mehrwertsteuerbetrag|umsatzsteuerbetrag|mwst-betrag|ust-betrag|gesamt mwst|summe mwst|summe ust|summe umsatzsteuer|mwst gesamt|ust gesamt|gesamtsteuerbetrag|umsatzsteuer gesamt|steuersumme|enthaltene mwst|steuer gesamt|mwst. betrag"},
	{"de", tax, 2, "mwst|mehrwertsteuer|umsatzsteuer|ust|zzgl mwst|zzgl ust|zzgl umsatzsteuer|zzgl mehrwertsteuer|zuzüglich mwst|zuzüglich umsatzsteuer|steuer|inkl mwst|enthält mwst|davon mwst|plus mwst|+ mwst|gesetzliche mwst|zzgl gesetzl mwst|zzgl gesetzliche mwst|mwst."},
	{"de", gross, 3, "gesamtbetrag|rechnungsbetrag|bruttobetrag|endbetrag|endsumme|gesamt brutto|summe brutto|brutto gesamt|bruttosumme|gesamtbetrag brutto|rechnungssumme|gesamtsumme brutto|gesamtpreis|gesamt inkl mwst|summe inkl mwst|gesamtbetrag inkl mwst|rechnungsendbetrag|gesamtbetrag inkl ust|rechnungsbetrag brutto|total inkl mwst|gesamtbetrag (brutto)|summe (brutto)|rechnungsgesamtbetrag|bruttogesamtbetrag|gutschriftsbetrag|rechnungsbetrag inkl mwst|gesamtbetrag inkl|gesamtbetrag inklusive mwst|betrag brutto|gesamt eur|summe eur|total chf|zu zahlen eur|rechnungstotal|rechnungstotal inkl mwst|totalbetrag|total inkl. mwst"},
	{"de", gross, 2, "gesamtsumme|gesamt|summe|brutto|betrag|gesamt (brutto)"},
	{"de", payable, 3, "zahlbetrag|zu zahlen|zu zahlender betrag|fälliger betrag|zahlungsbetrag|offener betrag|restbetrag|noch zu zahlen|zu überweisender betrag|auszahlungsbetrag|überweisungsbetrag|bitte überweisen sie|zu bezahlen|forderungsbetrag|offener rechnungsbetrag|zu zahlender gesamtbetrag"},
	{"de", prepaid, 3, "anzahlung|anzahlungen|erhaltene anzahlungen|erhaltene anzahlung|bereits gezahlt|bereits bezahlt|abzüglich anzahlung|vorauszahlung|gezahlt|geleistete zahlungen|gezahlter betrag|bereits gezahlter betrag"},
	{"de", rounding, 3, "rundung|rundungsdifferenz"},
	{"de", cash, 3, "bar|gegeben|gegeben bar|ec-karte|girocard|kartenzahlung|ec-cash|kreditkarte"},
	{"de", change, 3, "rückgeld|zurück|wechselgeld|rückgabe"},
	{"de", vatID, 3, "ust-id|ust-idnr|ust-id-nr|ustid|umsatzsteuer-id|umsatzsteuer-identifikationsnummer|ust.-id.-nr|umsatzsteueridentnummer|mwst-nr|uid|uid-nr|uid-nummer|ust-identnr|umsatzsteuer-identnr|umsatzsteuer-idnr|ust-id nr|umsatzsteuer id nr|mwst-nummer|ust.-idnr|umsatzsteuer-ident-nr|ust-idnr.|ustidnr|umsatzsteuer-identnummer|atu-nr|uid nr"},
	{"de", seller, 3, "verkäufer|lieferant|absender|rechnungssteller|anbieter|leistungserbringer|verkauft von|verkauf durch|rechnungsaussteller|verkäufer/leistender|leistender|rechnung von|rechnungsstellerin|ausgestellt von|auftragnehmer|leistungserbringerin"},
	{"de", seller, 1, "kontoinhaber|zahlungsempfänger|begünstigter|kontoname"},
	{"de", buyer, 3, "rechnung an|käufer|rechnungsempfänger|rechnungsadresse|rechnungsanschrift|käufer/leistungsempfänger|leistungsempfänger|empfänger|auftraggeber|kundenadresse|besteller|an|firma|rechnung für|auftraggeberin|kundin|rechnungsempfängerin|mandant|mieter|versicherungsnehmer"},
	{"de", shipTo, 3, "lieferadresse|lieferanschrift|lieferung an|versandadresse|warenempfänger|lieferempfänger|abweichende lieferadresse"},
	{"de", invoiceIs, 3, "rechnung|handelsrechnung|stornorechnung|schlussrechnung|teilrechnung|abschlagsrechnung|rechnungsübersicht|proforma-rechnung|honorarrechnung|rechnung/lieferschein|sammelrechnung|beleg|anzahlungsrechnung"},
	{"de", creditIs, 3, "gutschrift|rechnungskorrektur|korrekturrechnung|stornogutschrift"},
	{"de", receiptIs, 3, "quittung|kassenbon|kassenbeleg|kassenzettel|bon"},
	{"de", other, 3, "bestelldatum|auftragsdatum|druckdatum|lieferscheinnummer|lieferschein-nr|lieferschein|steuernummer|steuer-nr|st.-nr|st-nr|hrb|hra|handelsregister|telefon|tel|fax|telefax|globale nummer|gesamtbetrag der zuschläge|gesamtbetrag der abschläge|gesamtgewicht|zeitraum|abrechnungszeitraum|leistungszeitraum|seite|ausgabedatum|versand|versandkosten|rabatt|kontonummer|konto-nr|blz|bankleitzahl|vertragsnummer|ursprüngliche rechnung|angebot|angebotsnummer|rechnungszeitraum|mietende|mietbeginn|skonto|datum des auftrags|lieferantennummer|lieferanten-nr|ansprechpartner|verkäufer nr|buchungsdatum|zahlungsart|sachbearbeiter|summe mwst"},

	{"fr", number, 3, "numéro de facture|facture n°|facture no|n° facture|n° de facture|facture numéro|numéro facture|no facture|réf facture|référence facture|no de facture|n° d'avoir|avoir n°|numéro d'avoir|facture réf|n° de la facture|numéro de la facture|facture nº|n° de note|ticket n°|facture d'avoir n°|référence de la facture|facture num"},
	{"fr", number, 2, "n° de document|n° document|numéro de pièce|n° pièce|n° de pièce"},
	{"fr", number, 1, "numéro"},
	{"fr", date, 3, "date de facture|date facture|date de facturation|date d'émission|date de la facture|facture du|émise le|émis le|date d'émission de la facture|date de l'avoir|date avoir|date du document|date d'édition|facture en date du|date d'achat"},
	{"fr", date, 2, "date|du|le|en date du|établi le|fait le"},
	{"fr", due, 3, "date d'échéance|échéance|date limite de paiement|date échéance|à payer avant le|payable le|payable avant le|à régler avant le|date de règlement|règlement le|avant le|échéance le|date d'exigibilité|date de paiement|date d'échéance du paiement|à payer avant|payable au plus tard le|au plus tard le|à prélever le|prélevé le|prélèvement le|sera prélevé le|prélèvement automatique le"},
	{"fr", delivery, 3, "date de livraison|livraison le|date de prestation|date de livraison/prestation|date de réalisation|livré le|date de vente|date de la vente|date d'exécution"},
	{"fr", orderRef, 3, "n° de commande|numéro de commande|commande n°|bon de commande|n° bon de commande|n° commande|votre commande|réf commande|référence commande|no de commande|numéro de bon de commande|n° de bon de commande|commande|référence dossier|référence de réservation|n° de réservation|numéro de réservation|n° de dossier|réservation n°"},
	{"fr", customer, 3, "numéro client|n° client|code client|n° de client|numéro de client|client n°|référence client|réf client|no client|compte client|votre n° client"},
	{"fr", payRef, 3, "référence de paiement|référence avis de paiement|communication|référence à rappeler|référence virement|référence du paiement|libellé du virement"},
	{"fr", net, 3, "total ht|total h.t.|montant ht|montant h.t.|total hors taxes|total hors taxe|montant total ht|total net ht|net ht|total brut ht|montant hors taxes|total hors tva|total général ht|somme ht|prix total ht|total ht net|montant net ht|total (ht)|base ht|montant total hors taxes|montant htva|total htva|total prestations ht"},
	{"fr", subtotal, 3, "sous-total|sous total|sous-total ht|total articles|total des lignes"},
	{"fr", tax, 3, "total tva|montant tva|montant de la tva|total t.v.a.|total taxes|montant total tva|tva totale|total de la tva|dont tva|montant t.v.a.|total des taxes|montant des taxes"},
	{"fr", tax, 2, "tva|t.v.a.|taxes|taxe|tps|tvq|tva à|tva (20%)"},
	{"fr", gross, 3, "total ttc|total t.t.c.|montant ttc|montant total ttc|total général|total toutes taxes comprises|total général ttc|total facture|montant t.t.c.|net ttc|prix total ttc|total ttc eur|somme ttc|montant total|total de la facture|total (ttc)|montant de la facture|montant tvac|total tvac|total tva comprise|ttc|net à votre crédit ttc|net à votre crédit|montant de l'avoir|total avoir ttc"},
	{"fr", gross, 2, "total|montant"},
	{"fr", payable, 3, "net à payer|total à payer|à payer|montant à payer|reste à payer|solde à payer|solde dû|montant dû|net à payer ttc|net à régler|total à régler|montant à régler|total net à payer|net à payer eur|solde|reste dû|net à payer (eur)|à régler|montant net à payer|total dû"},
	{"fr", prepaid, 3, "acompte|acomptes|acompte versé|acomptes versés|déjà payé|déjà réglé|montant payé|acompte reçu|déjà versé|paiement reçu|règlement reçu|avances|montant déjà payé|payé"},
	{"fr", cash, 3, "espèces|carte bancaire|carte bleue|cb|reçu espèces|chèque"},
	{"fr", change, 3, "rendu|monnaie|à rendre|rendu monnaie"},
	{"fr", rounding, 3, "arrondi"},
	{"fr", vatID, 3, "n° tva|n° de tva|numéro de tva|tva intracommunautaire|n° tva intracommunautaire|tva intracom|n° tva intra|n° tva intracom|identifiant tva|id tva|n° id tva|tva n°|tva intra|numéro tva|no tva|n° tva intra.|n° de tva intracommunautaire|numéro de tva intracommunautaire|t.v.a. intracommunautaire|n° d'identification tva"},
	{"fr", seller, 3, "vendeur|fournisseur|émetteur|vendu par|prestataire|émis par|de la part de|expéditeur|émettrice|vendeuse|de la société"},
	{"fr", seller, 1, "bénéficiaire|titulaire du compte|titulaire"},
	{"fr", buyer, 3, "facturé à|facturer à|adresse de facturation|client|adresse du client|destinataire|acheteur|adressé à|facture à|à l'attention de|nom du client|coordonnées client|cliente|acheteuse|facture pour|facturation"},
	{"fr", shipTo, 3, "livré à|adresse de livraison|livrer à|livraison à|lieu de livraison|livraison"},
	{"fr", invoiceIs, 3, "facture|facture proforma|facture pro forma|facture d'acompte|facture de solde|note d'honoraires|facture client|facture de vente"},
	{"fr", creditIs, 3, "avoir|facture d'avoir|note de crédit|facture avoir|avoir client"},
	{"fr", receiptIs, 3, "justificatif d'achat|justificatif de paiement|justificatif|reçu|ticket de caisse|ticket|reçu de paiement"},
	{"fr", other, 3, "date de facture associée|n° de facture associée|date de commande|date commande|date de début|date de fin|date de début de prestation|date de fin de prestation|date début|date fin|période|siren|siret|siren/siret|r.c.s.|naf|code ape|ape|téléphone|tél|fax|n° bon de livraison|bon de livraison|n° bon de réception|n° bon de vente|n° contrat|n° de contrat|contrat n°|n° de devis|devis|remise|frais de port|escompte|capital|ref projet|n° bon de commande client|date d'impression|compte|page|rib|code article|facture associée|facture d'origine|total remise|total remises|rcs"},
	{"fr", buyer, 1, "voyageur|passager|voyageuse"},

	{"it", number, 3, "numero fattura|fattura n|n. fattura|fattura nr|fattura numero|fattura n°|numero documento|nr. fattura|nr fattura|nota di credito n|numero della fattura"},
	{"it", date, 3, "data fattura|data documento|data emissione|data di emissione|data della fattura"},
	{"it", date, 2, "data|del"},
	{"it", due, 3, "scadenza|data scadenza|data di scadenza|scadenza pagamento|pagare entro|pagamento entro"},
	{"it", net, 3, "imponibile|totale imponibile|totale netto|netto|totale merce|imponibile totale"},
	{"it", tax, 3, "totale iva|importo iva|totale imposta|imposta"},
	{"it", tax, 2, "iva"},
	{"it", gross, 3, "totale fattura|totale documento|totale complessivo|importo totale|totale ivato|totale (iva inclusa)|totale iva inclusa"},
	{"it", gross, 2, "totale"},
	{"it", payable, 3, "netto a pagare|totale da pagare|importo da pagare|da pagare|totale a pagare|totale dovuto"},
	{"it", vatID, 3, "partita iva|p. iva|p.iva|p.i.|partita iva n|p. iva/c.f.|p.iva/c.f.|p.iva/cod.fisc.|p.iva e c.f.|partita iva/codice fiscale"},
	{"it", orderRef, 3, "numero ordine|ordine n|n. ordine|numero d'ordine|vs. ordine|vostro ordine|vs ordine|rif. ordine"},
	{"it", customer, 3, "codice cliente|numero cliente|cod. cliente"},
	{"it", seller, 3, "fornitore|cedente|mittente|cedente/prestatore|emittente|venditore|prestatore|emessa da"},
	{"it", seller, 1, "intestatario|beneficiario"},
	{"it", buyer, 3, "destinatario|cliente|spett.le|cessionario|cessionario/committente|fatturare a|intestata a|spettabile|committente|fatturato a|acquirente|intestatario fattura|dati cliente"},
	{"it", invoiceIs, 3, "fattura|fattura commerciale|fattura immediata|fattura di vendita"},
	{"it", creditIs, 3, "nota di credito|nota di accredito|nota credito"},
	{"it", receiptIs, 3, "ricevuta|scontrino|documento commerciale"},
	{"it", other, 3, "codice fiscale|c.f.|data ordine|destinazione|banca|data consegna|sconto"},
	{"it", number, 1, "numero"},

	{"es", number, 3, "número de factura|factura n|nº factura|nº de factura|factura nº|factura no|n° factura|num factura|número factura|factura número|factura núm|num. factura|factura simplificada nº|no. de factura|factura n.º|factura n.o|n.º factura|n.º de factura|nº. factura|factura simplificada n.º"},
	{"es", date, 3, "fecha de factura|fecha factura|fecha de emisión|fecha emisión|fecha de expedición|fecha de la factura"},
	{"es", date, 2, "fecha"},
	{"es", due, 3, "vencimiento|fecha de vencimiento|fecha vencimiento|fecha límite de pago|pagar antes del|fecha de pago|pagadero antes del|vence el|pago antes del"},
	{"es", net, 3, "base imponible|total neto|importe neto|neto|total sin iva|total base imponible|suma"},
	{"es", subtotal, 3, "total bruto|importe bruto"},
	{"es", tax, 3, "total iva|importe iva|cuota iva|cuota|i.v.a.|total impuestos|impuestos"},
	{"es", gross, 3, "total factura|importe total|total con iva|total iva incluido|total (iva incluido)|total general"},
	{"es", payable, 3, "total a pagar|a pagar|importe a pagar|líquido a pagar|líquido|saldo pendiente"},
	{"es", vatID, 3, "cif|nif|c.i.f.|n.i.f.|nif/cif|cif/nif|nif iva|nif-iva"},
	{"es", orderRef, 3, "número de pedido|nº pedido|nº de pedido|pedido nº|pedido"},
	{"es", customer, 3, "número de cliente|código cliente|nº cliente|código de cliente"},
	{"es", seller, 3, "vendedor|proveedor|emisor|vendido por|emisora|emitida por|datos del emisor|datos de la empresa|prestador|expedidor"},
	{"es", buyer, 3, "facturar a|datos del cliente|comprador|facturado a|dirección de facturación|cliente|destinatario|destinataria|adquirente|receptor|datos de facturación|receptora"},
	{"es", invoiceIs, 3, "factura|factura simplificada|factura proforma"},
	{"es", creditIs, 3, "factura rectificativa|nota de crédito|abono|factura de abono"},
	{"es", receiptIs, 3, "recibo|tique"},
	{"es", other, 3, "fecha de pedido|fecha pedido|albarán|nº albarán|teléfono|fecha de entrega|descuento"},
	{"es", number, 1, "número"},

	{"nl", number, 3, "factuurnummer|factuurnr|factuur nr|factuur nummer|factuur-nr|creditnotanummer|creditfactuurnummer|factuurnr.|nota nr|notanummer|bonnummer"},
	{"nl", date, 3, "factuurdatum|datum factuur"},
	{"nl", due, 3, "vervaldatum|vervaldag|te betalen voor|uiterste betaaldatum|betalen voor|uiterlijk|wordt afgeschreven op|afgeschreven op|incasso op|uiterlijk op|betaaldatum|betaaltermijn"},
	{"nl", net, 3, "totaal excl btw|totaal exclusief btw|netto bedrag|subtotaal excl btw|totaal ex btw|bedrag excl btw"},
	{"nl", subtotal, 3, "subtotaal"},
	{"nl", tax, 3, "totaal btw|btw bedrag|btw totaal"},
	{"nl", tax, 2, "btw"},
	{"nl", gross, 3, "totaal incl btw|totaal inclusief btw|totaalbedrag|factuurbedrag|totaal bedrag|eindtotaal|factuurtotaal"},
	{"nl", gross, 2, "totaal"},
	{"nl", payable, 3, "te betalen|te voldoen|openstaand bedrag|totaal te betalen|te betalen bedrag|totaal te voldoen"},
	{"nl", vatID, 3, "btw-nummer|btw nr|btw-id|btw nummer|btw-identificatienummer|btw"},
	{"nl", orderRef, 3, "ordernummer|bestelnummer|uw referentie|inkoopordernummer|uw bestelling|uw ordernummer|uw ref|inkooporder|offerte/bestelling|bestelling"},
	{"nl", customer, 3, "klantnummer|debiteurnummer|klantnr|relatienummer|debiteur|klantnr.|klant nr"},
	{"nl", seller, 3, "leverancier|verkoper|verkocht door|afzender|opdrachtnemer|factuur van"},
	{"nl", seller, 1, "ten name van|t.n.v."},
	{"nl", buyer, 3, "factuuradres|factuur aan|gefactureerd aan|klant|koper|t.a.v.|opdrachtgever|afnemer|aan|factuur voor|ter attentie van"},
	{"nl", invoiceIs, 3, "factuur|verkoopfactuur"},
	{"nl", creditIs, 3, "creditnota|creditfactuur"},
	{"nl", receiptIs, 3, "kassabon|bon|kwitantie"},
	{"nl", other, 3, "orderdatum|kvk|kvk-nummer|kvk nummer|leverdatum|besteldatum|korting"},
	{"nl", number, 1, "nummer"},
	{"nl", date, 2, "datum"},

	{"pl", number, 3, "faktura nr|numer faktury|faktura vat nr|nr faktury|faktura numer|faktura korygująca nr"},
	{"pl", date, 3, "data wystawienia|data faktury|wystawiono dnia|wystawiono"},
	{"pl", due, 3, "termin płatności|termin zapłaty|zapłata do"},
	{"pl", delivery, 3, "data sprzedaży|data dostawy|data wykonania usługi"},
	{"pl", net, 3, "wartość netto|razem netto|suma netto|netto"},
	{"pl", tax, 3, "kwota vat|wartość vat|razem vat|suma vat"},
	{"pl", gross, 3, "wartość brutto|razem brutto|suma brutto|kwota brutto"},
	{"pl", gross, 2, "razem|suma"},
	{"pl", payable, 3, "do zapłaty|razem do zapłaty|pozostało do zapłaty"},
	{"pl", vatID, 3, "nip|numer nip"},
	{"pl", seller, 3, "sprzedawca|wystawca|dostawca"},
	{"pl", buyer, 3, "nabywca|kupujący|odbiorca"},
	{"pl", invoiceIs, 3, "faktura|faktura vat"},
	{"pl", creditIs, 3, "faktura korygująca|korekta faktury"},
	{"pl", receiptIs, 3, "paragon|paragon fiskalny"},
	{"pl", orderRef, 3, "numer zamówienia|nr zamówienia|zamówienie nr|zamówienie"},
	{"pl", tax, 2, "vat|podatek vat"},

	{"pt", number, 3, "fatura n|número da fatura|factura nº|fatura nº|nº da fatura|fatura-recibo n.º|fatura n.º|fatura n.o|fatura simplificada n.º|recibo n.º|nota de crédito n.º|fatura-recibo nº"},
	{"pt", date, 3, "data da fatura|data de emissão"},
	{"pt", due, 3, "data de vencimento|vencimento"},
	{"pt", gross, 3, "total a pagar|valor total|total da fatura|total com iva|total do documento|total eur"},
	{"pt", invoiceIs, 3, "fatura|fatura-recibo"},
	{"pt", number, 1, "número"},
	{"pt", date, 2, "data"},
	{"pt", net, 3, "total sem iva|total ilíquido|incidência|base tributável|total líquido"},
	{"pt", tax, 3, "total de iva|valor do iva|total iva|total imposto"},
	{"pt", buyer, 3, "cliente|exmo. sr|exmos. srs|exmo(s). sr(s)|adquirente|faturar a"},
	{"pt", seller, 3, "emitente|vendedor|prestador de serviços|fornecedor"},
	{"pt", vatID, 3, "nif|contribuinte|nº contribuinte|nipc|contribuinte n.º"},
	{"pt", receiptIs, 3, "recibo|talão"},
	{"pt", creditIs, 3, "nota de crédito"},
	{"sv", number, 3, "fakturanummer|fakturanr|faktura nr"},
	{"sv", date, 3, "fakturadatum|fakturadato"},
	{"sv", due, 3, "förfallodatum|förfallodag|forfaldsdato|forfallsdato|forfall|betalingsfrist"},
	{"sv", tax, 3, "moms|mva|momsbeløb|momsbelopp"},
	{"sv", payable, 3, "att betala|å betale|at betale|til betaling|beløb til betaling|belopp att betala|i alt til betaling"},
	{"sv", customer, 3, "kundnummer|kundenummer|kundnr"},
	{"sv", date, 2, "datum|dato"},
	{"sv", net, 3, "netto|summa exkl moms|summa exkl. moms|totalt exkl moms|beløb ekskl moms|i alt ekskl. moms|sum eks mva|sum ekskl. mva|nettobelopp|nettobeløb|beløp eks. mva"},
	{"sv", subtotal, 3, "subtotal|delsumma|delsum"},
	{"sv", gross, 3, "totalt inkl moms|summa inkl moms|i alt inkl. moms|total inkl. moms|totalbeløb|totalbelopp|fakturabeløb|fakturabelopp|sum inkl. mva|i alt dkk|total dkk|total sek|total nok"},
	{"sv", gross, 2, "i alt|totalt|summa|sum|total"},
	{"sv", vatID, 3, "momsnr|moms nr|cvr-nr|cvr|cvr nr|cvr-nummer|se-nr|momsreg.nr|momsreg nr|momsregnr|momsregistreringsnummer|vat-nr|vat nr|mva-nr|org.nr|orgnr|organisasjonsnummer|organisationsnummer"},
	{"sv", orderRef, 3, "ordrenr|ordrenummer|ordernummer|rekvisitionsnr|er referens|deres reference|deres ref"},
	{"sv", seller, 3, "säljare|leverantör|avsändare|sælger|leverandør|selger"},
	{"sv", buyer, 3, "kund|köpare|mottagare|faktureringsadress|kunde|køber|modtager|faktureres til|kjøper|fakturaadresse"},
	{"sv", invoiceIs, 3, "faktura"},
	{"sv", creditIs, 3, "kreditfaktura|kreditnota"},
	{"sv", other, 3, "tlf|telefon|reg.nr|kontonr|konto|bankgiro|plusgiro"},
}

// titleWords are what a title with a number may begin with, inside a compound
// or before words such as "Nr.": "Handelsrechnung (380) Nr. 471".
var titleWords = []string{"rechnung", "invoice", "facture", "fattura", "factura", "factuur", "faktura", "fatura", "gutschrift", "creditnote", "avoir", "creditnota", "notadicredito", "receipt"}

// numberWords stand between a title and its number.
var numberWords = map[string]bool{"nr": true, "no": true, "n": true, "number": true, "nummer": true, "numero": true, "num": true, "id": true, "ndeg": true, "nro": true}

// withoutTax turns a total into a net one when it follows the label.
var withoutTax = []string{"ohne", "excl", "exkl", "excluding", "exclusive", "ht", "hors", "before", "zzgl", "netto", "net", "exclusief", "sin", "senza", "vorsteuer", "without"}

// withTax turns a total into a gross one.
var withTax = []string{"inkl", "incl", "including", "inclusive", "ttc", "brutto", "inclusief", "coniva", "inc", "ivainclusa", "compris", "tvac"}
