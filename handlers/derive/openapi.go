package derive

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"panelgate/handlers"
)

// OpenAPI is the document of what this server serves, OpenAPI 3.1: docs/openapi.json.
func (r *Reference) OpenAPI() ([]byte, error) {
	doc := &openapi3.T{
		OpenAPI: "3.1.0",
		Info: &openapi3.Info{Title: "panelgate", Version: "1", Description: "Hosting accounts in two dialects over one store: SPanel's api.php " +
			"and Installatron Server's REST below /users. What the vendors document and this server does not serve is listed in /docs."},
		Servers:    openapi3.Servers{{URL: "/", Description: "The server that this document is from."}},
		Paths:      openapi3.NewPaths(),
		Components: &openapi3.Components{Schemas: openapi3.Schemas{}},
	}
	doc.Components.Schemas["Permissions"] = permissionsSchema().NewRef()
	doc.Components.SecuritySchemes = openapi3.SecuritySchemes{"apiKey": {Value: openapi3.NewSecurityScheme().
		WithType("apiKey").WithIn("header").WithName("X-API-KEY").WithDescription("An admin token, for Installatron's dialect.")}}
	if err := errors.Join(r.SPanel.describeAPI(doc), r.REST.describeREST(doc)); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	return append(text, '\n'), err
}

// addExamples puts the action's example among those of calls and of answers.
func addExamples(a Action, fields []handlers.Param, calls, answers openapi3.Examples) error {
	if a.Example == nil {
		return nil
	}
	sent, err := a.Example.Call.fields(fields)
	if err != nil {
		return err
	}
	var answer any
	if err := json.Unmarshal([]byte(a.Example.Answer), &answer); err != nil {
		return err
	}
	calls[a.ID] = example(a, sent)
	answers[a.ID] = example(a, answer)
	return nil
}

func example(a Action, value any) *openapi3.ExampleRef {
	made := openapi3.NewExample(value)
	made.Summary = a.Name
	return &openapi3.ExampleRef{Value: made}
}

// body is a request body in both encodings that a call can have.
func body(schema string, examples openapi3.Examples) *openapi3.RequestBodyRef {
	media := openapi3.NewMediaType().WithSchemaRef(openapi3.NewSchemaRef("#/components/schemas/"+schema, nil))
	media.Examples = examples
	made := openapi3.NewRequestBody().WithRequired(true).WithContent(openapi3.Content{
		"application/x-www-form-urlencoded": media, "application/json": media})
	made.Description = "A form has nested fields in PHP's brackets: permissions[domain][0]=redirects."
	return &openapi3.RequestBodyRef{Value: made}
}

func responses(success, failure string, answers openapi3.Examples) *openapi3.Responses {
	answer := func(text string, schemas ...string) *openapi3.ResponseRef {
		media := openapi3.NewMediaType()
		if len(schemas) == 1 {
			media.Schema = openapi3.NewSchemaRef("#/components/schemas/"+schemas[0], nil)
		} else {
			either := &openapi3.Schema{}
			for _, schema := range schemas {
				either.AnyOf = append(either.AnyOf, openapi3.NewSchemaRef("#/components/schemas/"+schema, nil))
			}
			media.Schema = either.NewRef()
		}
		return &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription(text).WithContent(openapi3.Content{"application/json": media})}
	}
	good := answer("Success.", success)
	if failure == "api.Error" {
		good = answer("Success; or an error, unless the transport is at fault or X-Strict-Status was sent.", success, failure)
	}
	good.Value.Content["application/json"].Examples = answers
	made := openapi3.NewResponses(openapi3.WithStatus(http.StatusOK, good))
	made.Set("default", answer("An error.", failure))
	return made
}
