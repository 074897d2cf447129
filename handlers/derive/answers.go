package derive

import "github.com/getkin/kin-openapi/openapi3"

// apiSuccess is any success of api.php; which of the members there are depends on the action.
func apiSuccess() *openapi3.Schema {
	return openapi3.NewObjectSchema().
		WithProperty("result", constant("success")).
		WithProperty("code", constant("complete_dryrun")).
		WithProperty("msg", openapi3.NewStringSchema()).
		WithProperty("warnings", texts()).
		WithProperty("data", openapi3.NewSchema())
}

func apiError() *openapi3.Schema {
	return openapi3.NewObjectSchema().
		WithProperty("result", constant("error")).
		WithProperty("message", texts()).
		WithProperty("msg", openapi3.NewStringSchema()).
		WithProperty("errors", texts()).
		WithProperty("code", openapi3.NewStringSchema()).
		WithProperty("field", openapi3.NewStringSchema()).
		WithProperty("request_id", openapi3.NewStringSchema()).
		WithProperty("explain", explanation()).
		WithRequired([]string{"result", "message", "msg", "errors", "code", "request_id"})
}

func restSuccess() *openapi3.Schema {
	return envelope(constant(true), constant(200), constant("complete_dryrun")).
		WithProperty("data", openapi3.NewSchema()).
		WithProperty("total_count", openapi3.NewIntegerSchema())
}

func restError() *openapi3.Schema {
	status := openapi3.NewIntegerSchema().WithMin(400).WithMax(599)
	schema := envelope(constant(false), status, openapi3.NewStringSchema()).
		WithProperty("data", typeNull()).
		WithProperty("request_id", openapi3.NewStringSchema()).
		WithProperty("explain", explanation())
	schema.Required = append(schema.Required, "request_id")
	return schema
}

// explanation is what a refused call gets beside the error for explain=1.
func explanation() *openapi3.Schema {
	return openapi3.NewObjectSchema().
		WithProperty("rule", openapi3.NewStringSchema()).
		WithProperty("needed", openapi3.NewStringSchema()).
		WithRequired([]string{"rule", "needed"})
}

// envelope is what all of Installatron's answers have.
func envelope(result, status, code *openapi3.Schema) *openapi3.Schema {
	return openapi3.NewObjectSchema().
		WithProperty("result", result).
		WithProperty("status", status).
		WithProperty("errcode", openapi3.NewAnyOfSchema(code, typeNull())).
		WithProperty("errfield", openapi3.NewAnyOfSchema(openapi3.NewStringSchema(), typeNull())).
		WithProperty("message", openapi3.NewStringSchema()).
		WithRequired([]string{"result", "status", "errcode", "errfield", "message", "data"})
}

func constant(value any) *openapi3.Schema { return &openapi3.Schema{Const: value} }

func texts() *openapi3.Schema { return openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema()) }

func typeNull() *openapi3.Schema { return &openapi3.Schema{Type: &openapi3.Types{"null"}} }
