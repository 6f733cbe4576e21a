package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish,powershell" help:"bash, zsh, fish or powershell."`
}

// Run prints a script that completes commands and flags, made of the command tree.
func (c completionCmd) Run(model *kong.Kong, s *streams) error {
	lines := map[string][]string{}
	collect(model.Model.Node, "", lines)
	switch c.Shell {
	case "fish":
		return s.fish(lines)
	case "powershell":
		return s.powershell(lines)
	}
	if c.Shell == "zsh" {
		fmt.Fprint(s.out, "#compdef enrichd\nautoload -U +X bashcompinit && bashcompinit\n")
	}
	fmt.Fprint(s.out, "_enrichd() {\n\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" list=\"\" i\n"+
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\t[[ ${COMP_WORDS[i]} == -* ]] || path=\"$path ${COMP_WORDS[i]}\"\n\tdone\n\tcase \"$path\" in\n")
	for _, path := range longestFirst(lines) {
		fmt.Fprintf(s.out, "\t\"%s\"*) list=\"%s\" ;;\n", path, strings.Join(lines[path], " "))
	}
	fmt.Fprint(s.out, "\tesac\n\tCOMPREPLY=($(compgen -W \"$list\" -- \"$word\"))\n}\ncomplete -o default -F _enrichd enrichd\n")
	return nil
}

// collect notes for each path of commands what may come next: " task view" → flags.
func collect(n *kong.Node, path string, into map[string][]string) {
	for _, f := range n.AllFlags(true) {
		for _, one := range f {
			into[path] = append(into[path], "--"+one.Name)
		}
	}
	for _, c := range n.Children {
		if !c.Hidden {
			into[path] = append([]string{c.Name}, into[path]...)
			collect(c, path+" "+c.Name, into)
		}
	}
}

func (s *streams) fish(lines map[string][]string) error {
	for _, path := range longestFirst(lines) {
		seen := "__fish_use_subcommand"
		if path != "" {
			seen = "__fish_seen_subcommand_from" + path
		}
		for _, word := range lines[path] {
			if name, flag := strings.CutPrefix(word, "--"); flag {
				fmt.Fprintf(s.out, "complete -c enrichd -n '%s' -l %s\n", seen, name)
			} else {
				fmt.Fprintf(s.out, "complete -c enrichd -n '%s' -a %s\n", seen, word)
			}
		}
	}
	return nil
}

// powershell writes a script for PowerShell 5 and later. The words of a line that are
// known commands make its path; the word under the cursor is no part of it.
func (s *streams) powershell(lines map[string][]string) error {
	fmt.Fprint(s.out, "Register-ArgumentCompleter -Native -CommandName enrichd -ScriptBlock {\n\tparam($word, $line, $cursor)\n\t$lists = @{\n")
	for _, path := range longestFirst(lines) {
		fmt.Fprintf(s.out, "\t\t'%s' = '%s'\n", path, strings.Join(lines[path], " "))
	}
	_, err := fmt.Fprint(s.out, `	}
	$path = ''
	foreach ($element in ($line.CommandElements | Select-Object -Skip 1)) {
		if ($element.Extent.EndOffset -ge $cursor) { break }
		$text = $element.ToString()
		if ($lists.ContainsKey("$path $text")) { $path = "$path $text" }
	}
	foreach ($one in $lists[$path].Split(' ')) {
		if ($one.StartsWith("$word")) {
			$kind = if ($one.StartsWith('-')) { 'ParameterName' } else { 'ParameterValue' }
			[System.Management.Automation.CompletionResult]::new($one, $one, $kind, $one)
		}
	}
}
`)
	return err
}

// longestFirst orders paths so that the first that fits is the nearest.
func longestFirst(lines map[string][]string) []string {
	paths := slices.Collect(maps.Keys(lines))
	slices.SortFunc(paths, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return paths
}
