package derive

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"panelgate/handlers"
)

// describeAPI adds api.php: one path, of which the actions are forms that the field action tells apart.
func (d Dialect) describeAPI(doc *openapi3.T) error {
	call := &openapi3.Schema{Description: "A call of one action, which the field action names.",
		Discriminator: &openapi3.Discriminator{PropertyName: "action", Mapping: map[string]openapi3.MappingRef{}}}
	calls, answers := openapi3.Examples{}, openapi3.Examples{}
	for _, a := range d.Served() {
		fields := formFields(a)
		form := object(fields)
		form.Title, form.Description = a.Name, a.Summary+" Needs: "+a.Permission()+"."
		name := "api." + strings.ReplaceAll(a.Name, "/", ".")
		ref := openapi3.NewSchemaRef("#/components/schemas/"+name, nil)
		doc.Components.Schemas[name] = form.NewRef()
		call.OneOf = append(call.OneOf, ref)
		call.Discriminator.Mapping[a.Name] = openapi3.MappingRef(*ref)
		if err := addExamples(a, fields, calls, answers); err != nil {
			return err
		}
	}
	schemas := doc.Components.Schemas
	schemas["api.Call"], schemas["api.Success"], schemas["api.Error"] = call.NewRef(), apiSuccess().NewRef(), apiError().NewRef()
	doc.Paths.Set("/{folder}/api.php", &openapi3.PathItem{Post: d.post(calls, answers)})
	return nil
}

func (d Dialect) post(calls, answers openapi3.Examples) *openapi3.Operation {
	post := openapi3.NewOperation()
	post.OperationID, post.Summary, post.Tags = "api", "Calls an action", []string{"api.php"}
	post.Description = strings.Join(d.Intro, "\n\n")
	post.Security = openapi3.NewSecurityRequirements() // the token is in the body
	post.Parameters = openapi3.Parameters{parameter(openapi3.NewPathParameter("folder"), handlers.Param{Name: "folder", Type: "string", Required: true, Doc: "Any; the vendor's is spanel."})}
	post.RequestBody = body("api.Call", calls)
	post.Responses = responses("api.Success", "api.Error", answers)
	return post
}

// formFields are all fields of a call of api.php: the gateway's, then the action's own.
func formFields(a Action) []handlers.Param {
	account := accountUser()
	account.Required = a.For == handlers.ForAccount
	fields := []handlers.Param{token(), {Name: "action", Type: "string", Required: true, Enum: []string{a.Name}, Doc: "Name of the action."}, account}
	if a.Writes {
		fields = append(fields, dryRun(), key())
	}
	return append(append(fields, explain()), a.Params...)
}
