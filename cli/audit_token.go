package cli

import (
	"encoding/json"
	"fmt"
	"os/user"

	"panelgate/store"
)

// auditToken writes down what the command line did to a token, and how the token is now.
func auditToken(tx *store.Tx, action string, id int64) error {
	token, err := tx.Token(id)
	if err != nil {
		return err
	}
	after, err := json.Marshal(rowOfToken(token, tx.Now()))
	if err != nil {
		return err
	}
	return tx.Audit(store.AuditRow{
		Actor: operator(), Action: action, Target: fmt.Sprintf("token %d", id), After: string(after), Result: store.ResultSuccess,
	})
}

// operator names who uses the command line.
func operator() string {
	u, err := user.Current()
	if err != nil {
		return "command line"
	}
	return "command line " + u.Username
}
