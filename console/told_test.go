package console

import (
	"strings"
	"testing"
)

// What workers write is said in the language of the page, with its values in their
// forms; what is not of the set stays as it was written, and says so.
func TestTold(t *testing.T) {
	fr := tongues()[1]
	for said, want := range map[string]string{
		"**No logo** for Moulin SARL: No domain of the company is known. A tile with a letter stands in for it.":                                                                    "**Pas de logo** pour Moulin SARL\u00a0: Aucun domaine de l’entreprise n’est connu. Une vignette avec une lettre le remplace.",
		"**Is this its payment?** invoice P-5530 of Papeterie du Rhône SARL, 1258.00 EUR, with the bank line of 2026-11-18, -250.00 EUR, PAPETERIE DU RHONE (100 %, fee variance).": "**Est-ce son paiement\u202f?** facture P-5530 de Papeterie du Rhône SARL, 1\u202f258,00\u00a0EUR, avec la ligne bancaire du 18/11/2026, −250,00\u00a0EUR, PAPETERIE DU RHONE (100\u00a0%, les montants diffèrent).",
		"**Hôtel du Vieux Four SARL, 2026-10: ready.** 1 payment.":                                                                                                                  "**Hôtel du Vieux Four SARL, octobre 2026\u00a0: prêt.** 1 paiement.",
		"250.00 for 258.00, -3.1 %":                                "250,00 pour 258,00, −3,1 %",
		"2 days before the due date":                               "2 jours avant l’échéance",
		"1 day before the due date":                                "1 jour avant l’échéance",
		"The file ends before the document is complete. (line 22)": "Le fichier se termine avant la fin du document. (ligne 22)",
		"2 payments linked, 1 match waiting for a person, 0 rows without a link.\n- equal\n- …": "2 paiements rapprochés, 1 rapprochement à valider, 0 ligne sans rapprochement.\n- égal\n- …",
		"equal\nA line that nobody knows.":                      "",
		"A sentence that nobody knows.":                         "",
		"Something for this, that":                              "",
		"No domain of the company is known. And another thing.": "",
		"": "",
	} {
		known := want != ""
		if !known {
			want = said
		}
		if got := fr.tell(said); got.Text != want || got.English != (!known && said != "") {
			t.Errorf("%q\nis %q (English: %v)\nnot %q", said, got.Text, got.English, want)
		}
	}
	if got := fr.tell("EUR"); got.English || got.Text != "EUR" {
		t.Errorf("a currency is %+v", got)
	}
	if got := english.tell("No domain of the company is known."); got.Text != "No domain of the company is known." || !got.English {
		t.Errorf("%+v", got)
	}
	if got := fr.tellError("malformed: The file ends before the document is complete."); got.Code != "malformed" || got.English || !strings.HasPrefix(got.Text, "Le fichier") {
		t.Errorf("%+v", got)
	}
	for _, said := range []string{"Not an error: the rest", "12:30: late", strings.Repeat("x", 5000), strings.Repeat("a; ", 900) + "b", "%s %d %v"} {
		if got := fr.tellError(said); !got.English || !strings.HasSuffix(said, got.Text) {
			t.Errorf("%.40q is %.60q", said, got.Text)
		}
	}
	twoLines := "**Lines**\n\nmore"
	if got := fr.gist(&twoLines); got == nil || got.Text != "Lines" || fr.gist(nil) != nil || fr.prose(nil) != nil {
		t.Errorf("%+v", got)
	}
}

// Every sentence of a catalogue finds itself, with values in its places.
func TestSentencesFindThemselves(t *testing.T) {
	for _, l := range tongues()[1:] {
		for said := range readWords(l.Code) {
			words, ok := strings.CutPrefix(said, "~")
			if !ok {
				continue
			}
			filled := strings.NewReplacer("%d", "3", "%f", "-1.50", "%s", "Xyz", "%v", "equal").Replace(words)
			if got := l.tell(filled); got.English {
				t.Errorf("%s: %q is not found", l.Code, filled)
			}
		}
	}
}
