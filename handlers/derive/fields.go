package derive

import (
	"strings"

	"panelgate/handlers"
)

// Field is a parameter as the reference lists it: those of an object each have a row, below the object's.
type Field struct {
	Name     string // whole: websites[][path]
	Type     string // in words: list of string
	Required bool
	Enum     []string
	Doc      string
	Secret   bool
}

// fieldsOf lists parameters, the ones within an object after it.
func fieldsOf(params []handlers.Param, above string) (fields []Field) {
	for _, p := range params {
		name := p.Name
		if above != "" {
			name = above + "[" + p.Name + "]"
		}
		fields = append(fields, Field{Name: name, Type: typeInWords(p), Required: p.Required, Enum: p.Enum, Doc: docOf(p), Secret: p.Secret})
		if p.List {
			name += "[]"
		}
		fields = append(fields, fieldsOf(p.Params, name)...)
	}
	return fields
}

func typeInWords(p handlers.Param) string {
	word := p.Type
	if p.Type == "map" {
		word = "map of string"
	}
	if p.List {
		return "list of " + word
	}
	return word
}

// docOf is a parameter's text, with what its rules accept where the text does not say it already.
func docOf(p handlers.Param) string {
	text := p.Doc
	for _, rule := range p.Accepts() {
		if !strings.Contains(strings.ToLower(text), strings.TrimPrefix(rule, "a ")) {
			text += " Accepted: " + rule + "."
		}
	}
	return text
}

// token, accountUser, dryRun, key and explain are the fields that the gateway reads itself.
func token() handlers.Param {
	return handlers.Param{Name: "token", Type: "string", Required: true, Secret: true,
		Doc: "The API token. In the body only: in a URL it would be logged by everybody on the way."}
}

func accountUser() handlers.Param {
	return handlers.Param{Name: "accountuser", Type: "string",
		Doc: "The account that is acted on; required for actions of an account. A client token sends its own, an admin token may name any."}
}

func dryRun() handlers.Param {
	return handlers.Param{Name: "dryrun", Type: "string", Enum: []string{"none", "input", "all"},
		Doc: "For actions that write: input checks the fields and stores nothing, all also tries the connections, where the server can. none by default."}
}

func key() handlers.Param {
	return handlers.Param{Name: "idempotency_key", Type: "string",
		Doc: "For actions that write: 8 to 191 printable ASCII characters of the caller's own. The same call with the same key gets the first success again for 24 hours, with the header X-Replayed: true; another call with it is refused. The header Idempotency-Key does the same."}
}

func explain() handlers.Param {
	return handlers.Param{Name: "explain", Type: "boolean",
		Doc: "A call that is refused although its token is good is told which rule refused it and what would be needed."}
}
