package provider

import "strings"

func set(words string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		out[w] = true
	}
	return out
}

// forms are legal forms: they say that a name is a company's.
var forms = set(`ab ag aps as bv co corp dac doo eg eurl gbr gmbh inc kg llc llp ltd limited nv ohg ooo ou oy plc pbc pty sa sarl sas sasu se sl srl
	spa spzoo sro sau ug unlimited company gesellschaft`)

// rails are words of payments and of bills, in the languages of the labels.
var rails = set(`abbuchung abo abonnement abonnierung abrechnung achat addebito adressat agree auftrag auftragsnummer avis basislastschrift beleg bill billing
	bolletta boutique by card carte cb cc charge client clients compte contrat contract core dbit dd debit debito direct directdebit domicil domicilie
	domiciliering dom echeance ech einzug entgelt euinlu facture factures factuur fatture fees festnetz frais fra from gebuehr gebuehren get help
	htps http https httpswww id incasso internet inv invoice invoices kd kdnr kartenzahlung konto kreditkarte kunde kunden kundenkonto kundennr
	kundennummer kabel lastschrift mandat mandate member membre misc mitglied mobilfunk mobile monthly nr numero num of on online pay payment
	payments paiement pending plan pos prelevement premium prelevt pro prlv purchase rcur rech rechnung rechnungsnr recibo recurring redevance
	ref reference rek renewal renouvellement rg rinnovo rnr sdd sepa service services subscr subscription sub subs ticket to trip unlimited
	van verkauf vertrag vertragskonto vertragsnr via vir virement voucher www zahlung bus business msbill info paypal adyen fspr fsprg publiek recht`)

// places are where card labels say that a merchant sits: countries, states of the
// USA and towns in which many of them do.
var places = set(`al ak az ar ca ct dc fl ga hi ia il ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok on or pa ri sc sd tn tx ut va vt wa wi wv wy
	at au be bg br ch cn cy cz deu de dk ee es fi fr fra gb gbr gr hk hr hu ie irl is it jp lt lu lux lv mt nl nld no nz pl pt ro se sg si sk uk us usa
	amsterdam antwerpen atlanta austin barcelona basel beds berlin bern bonn boston bruxelles brussel brussels budapest cambridge chicago
	copenhagen cork dallas denver dublin duesseldorf dusseldorf edinburgh essen frankfurt geneve genf hamburg hannover helsinki karlsruhe kobenhavn koeln koln
	krakow lausanne leipzig lille lisboa lisbon london los angeles luton luxembourg luxemburg lyon madrid mainz malmo manchester marseille melbourne
	memphis milano montabaur montreal muenchen munchen munich nantes newyork new york nice nuernberg nurnberg oslo oxford palo alto phoenix
	porto praha prague redmond redwood city rennes riga roma rotterdam roubaix san francisco jose saint st denis seattle stockholm strasbourg
	stuttgart sydney tallinn tel aviv tokyo toronto toulouse utrecht valencia vilnius warszawa wien vienna zuerich zurich kirchberg cesson roissy
	courbevoie nanterre puteaux issy levallois france germany deutschland ireland espana italia europe emea nederland schweiz austria belgium belgique
	spain italy netherlands switzerland international global saggart gunzenhausen larnaca scottsdale`)

// everyday words are in many names: one of them alone names nobody. Words of up
// to three letters count as everyday, too.
var everyday = set(`ads adobe air alpha american amazon apple aruba asana bahn bank basic blue bolt book booking box brand business calendar cafe canvas care city
	claude client cloud color connect creative data delta deutsche deutschland digital direct domains drop east easy energie energy entreprises europe
	european express farm fibre first france free future general germany global gold good google grand great green group groupe hello home hotel house
	indeed inc international internet jobs lab labs line linear linked live local magic mail main make market maison meta micro microsoft miro mobile
	mollie monday moon moving music national nature neue new nord north notion office one online open orange page paper park personal photo phone pixel plus
	point port portal post poste premium prime pro quick rapid red render royal sentry shop silver simple slack smart social software solar
	solution solutions sport star stock stripe strato studio sun super systems team tech telecom total tour trade travel trip twins union unit united up
	uber vert viking vision voyage web west wind wonder word work works world zoom square`)
