package derive_test

import (
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers/derive"
)

// TestCommandsWork pastes every example into a shell, each against a fresh server, and looks at the answer.
func TestCommandsWork(t *testing.T) {
	gatewaytest.NeedTool(t, "curl")
	shell := gatewaytest.NeedTool(t, "sh")
	r := reference(t)
	for _, a := range append(r.SPanel.Served(), r.REST.Served()...) {
		if a.Example == nil {
			continue // the golden tests say so
		}
		t.Run(a.ID, func(t *testing.T) {
			t.Parallel()
			s := gatewaytest.NewServer(t)
			script := strings.ReplaceAll(a.Example.Script(), "http://127.0.0.1:8080", s.URL)
			out, err := exec.Command(shell, "-ec", strings.ReplaceAll(script, "curl ", "curl -sS ")).Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, script)
			}
			checkAnswer(t, a.Example, lastValue(t, out))
		})
	}
}

// lastValue is the last of the JSON values that commands printed one after the other.
func lastValue(t *testing.T, out []byte) (value any) {
	t.Helper()
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		value = nil
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return value
}

// checkAnswer compares members and the result, not what differs from run to run.
func checkAnswer(t *testing.T, e *derive.Example, got any) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal([]byte(e.Answer), &want); err != nil {
		t.Fatal(err)
	}
	answer, _ := got.(map[string]any)
	if answer["result"] != want["result"] || !slices.Equal(names(answer), names(want)) {
		t.Errorf("the command answers %v, the example %v", got, want)
	}
}

func names(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
