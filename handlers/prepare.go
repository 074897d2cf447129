package handlers

import (
	"context"
	"log/slog"
	"reflect"

	"panelgate/auth"
)

// validate is step 5: it gives the typed arguments, with grants checked against the catalogue and
// passwords hashed.
func (g *Gateway) validate(ctx context.Context, r *Request, action *Action, call *Call) (any, error) {
	if err := checkDryRun(r.Caller, action, call.DryRun); err != nil {
		return nil, err
	}
	if action.Writes {
		if err := checkKey(call.Key); err != nil {
			return nil, err
		}
	}
	args, unknown, err := action.decode(call.Form)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 && g.log.Enabled(ctx, slog.LevelDebug) {
		if call.recalled { // told by what serves it in full
			return nil, errNotKept
		}
		for i := range unknown {
			unknown[i] = SafeField(unknown[i])
		}
		g.log.DebugContext(ctx, "unknown fields ignored", "request_id", call.ID, "action", action.Name, "fields", unknown)
	}
	if err := r.checkGrants(action, args); err != nil {
		return nil, err
	}
	fields := reflect.ValueOf(args).Elem()
	for _, index := range action.seals {
		if err := fields.FieldByIndex(index).Addr().Interface().(*auth.NewPassword).Seal(ctx, g.hasher, r.Caller.TokenID); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// isCommonField tells the fields that every call may have from an action's own.
func isCommonField(name string) bool {
	switch name {
	case "action", "accountuser", "dryrun", keyField, "explain":
		return true
	}
	return false
}

// checkDryRun refuses what is no dry run, and connection tests to those who may not make the
// server connect anywhere.
func checkDryRun(caller *auth.Caller, action *Action, dryRun string) error {
	switch dryRun {
	case "", "none":
		return nil
	case "input", "all":
	default:
		return Invalid("dryrun", "must be none, input or all")
	}
	if !action.Writes {
		return Invalid("dryrun", action.Name+" changes nothing; leave the field out")
	}
	if dryRun == "all" && action.Connect != nil && !caller.Probe {
		return Forbidden("dryrun", "dryrun: this token has no right to test connections; send input to check the fields only").
			Because("the token's switch probe is off", "a token made with --probe, or dryrun=input")
	}
	return nil
}
