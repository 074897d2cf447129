package derive

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"panelgate/handlers"
)

// describeREST adds a path for each of Installatron's.
func (d Dialect) describeREST(doc *openapi3.T) error {
	doc.Components.Schemas["rest.Success"], doc.Components.Schemas["rest.Error"] = restSuccess().NewRef(), restError().NewRef()
	for _, a := range d.Served() {
		op := openapi3.NewOperation()
		op.OperationID, op.Summary, op.Tags = a.ID, sentence(a.Summary), []string{"REST"}
		op.Description = "Needs: " + a.Permission() + "."
		op.Security = &openapi3.SecurityRequirements{openapi3.NewSecurityRequirement().Authenticate("apiKey")}
		calls, answers := openapi3.Examples{}, openapi3.Examples{}
		fields := restFields(a, op)
		if err := addExamples(a, fields, calls, answers); err != nil {
			return err
		}
		if !a.inQuery() {
			doc.Components.Schemas["rest."+a.ID] = object(fields).NewRef()
			op.RequestBody = body("rest."+a.ID, calls)
			op.RequestBody.Value.Required = false
		}
		op.Responses = responses("rest.Success", "rest.Error", answers)
		item := doc.Paths.Value(a.Path())
		if item == nil {
			item = &openapi3.PathItem{}
			doc.Paths.Set(a.Path(), item)
		}
		item.SetOperation(a.Method(), op)
	}
	return nil
}

// restFields gives the operation its parameters and returns the fields that are left for a body.
func restFields(a Action, op *openapi3.Operation) (fields []handlers.Param) {
	all := append([]handlers.Param{explain()}, a.Params...)
	if a.Writes {
		all = append([]handlers.Param{dryRun(), key()}, all...)
	}
	for _, p := range all {
		switch {
		case strings.Contains(a.Path(), "{"+p.Name+"}"):
			op.Parameters = append(op.Parameters, parameter(openapi3.NewPathParameter(p.Name), p))
		case a.inQuery():
			op.Parameters = append(op.Parameters, parameter(openapi3.NewQueryParameter(p.Name), p))
		default:
			fields = append(fields, p)
		}
	}
	return fields
}

func parameter(made *openapi3.Parameter, p handlers.Param) *openapi3.ParameterRef {
	made.Schema, made.Description, made.Required = one(p), docOf(p), p.Required
	return &openapi3.ParameterRef{Value: made}
}
