package spanel

import (
	"io"
	"strings"

	"panelgate/handlers"
)

// What an action's function returns says in which of the documented shapes it is answered; any
// other type stands as the data of {"result":"success","data":…}.
type (
	// message is one sentence: {"result":"success","data":{"msg":"…"}}.
	message string

	// topMessage is a sentence as seven of accounts/* have it: {"result":"success","msg":"…"}.
	topMessage string

	// warned is any other reply with warnings beside it: what the caller may not have meant.
	warned struct {
		Reply    any
		Warnings []string
	}

	// bare is a list without result: {"data":[…]}. Rows may be *handlers.Rows.
	bare struct{ Rows any }

	// done is {"result":"success"} and nothing else.
	done struct{}
)

// MarshalJSON writes the object that most of SPanel's answers have as data.
func (m message) MarshalJSON() ([]byte, error) {
	return handlers.EncodeJSON(struct {
		Msg string `json:"msg"`
	}{string(m)})
}

// deletedMessage is the sentence about logins that are gone. The pages show it for one; several
// are listed in its place.
func deletedMessage(noun string, names []string) message {
	have := " has"
	if len(names) > 1 {
		noun, have = noun+"s", " have"
	}
	return message(noun + " " + strings.Join(names, ", ") + have + " been logged out and deleted successfully.")
}

// Answer writes a reply in its shape. A dry run adds a code.
func (d *Dialect) Answer(w io.Writer, _ *handlers.Call, reply handlers.Reply) error {
	members := []handlers.Member{{Name: "result", Value: "success"}}
	if reply.DryRun {
		members = append(members, handlers.Member{Name: "code", Value: "complete_dryrun"})
	}
	value, warnings := reply.Value, []string(nil)
	if w, ok := value.(warned); ok {
		value, warnings = w.Reply, w.Warnings
	}
	switch value := value.(type) {
	case bare:
		members = []handlers.Member{{Name: "data", Value: value.Rows}}
	case topMessage:
		members = append(members, handlers.Member{Name: "msg", Value: string(value)})
	case done:
	default:
		members = append(members, handlers.Member{Name: "data", Value: value})
	}
	if len(warnings) > 0 {
		members = append(members, handlers.Member{Name: "warnings", Value: warnings})
	}
	if rows := handlers.FindingRows(reply.Findings); rows != nil {
		members = append(members, handlers.Member{Name: "findings", Value: rows})
	}
	return handlers.WriteObject(w, members...)
}
