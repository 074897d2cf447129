package derive

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"panelgate/handlers"
)

// object makes a schema of fields. More fields than these are let through by the server, and so by the schema.
func object(fields []handlers.Param) *openapi3.Schema {
	schema := openapi3.NewObjectSchema()
	for _, p := range fields {
		schema.Properties[p.Name] = schemaOf(p)
		if p.Required {
			schema.Required = append(schema.Required, p.Name)
		}
	}
	return schema
}

// schemaOf describes a parameter. Where a list is expected, a single text or number will do.
func schemaOf(p handlers.Param) *openapi3.SchemaRef {
	if !p.List {
		return describe(one(p), docOf(p))
	}
	list := openapi3.NewArraySchema()
	list.Items = one(p)
	if p.Params != nil {
		return describe(list.NewRef(), docOf(p))
	}
	return describe((&openapi3.Schema{AnyOf: openapi3.SchemaRefs{one(p), list.NewRef()}}).NewRef(), docOf(p))
}

// one describes one value of a parameter.
func one(p handlers.Param) *openapi3.SchemaRef {
	var schema *openapi3.Schema
	switch p.Type {
	case "integer":
		schema = openapi3.NewIntegerSchema()
	case "boolean":
		schema = openapi3.NewBoolSchema()
	case "password":
		schema = openapi3.NewStringSchema().WithFormat("password")
	case "permissions":
		return openapi3.NewSchemaRef("#/components/schemas/Permissions", nil)
	case "map":
		schema = openapi3.NewObjectSchema().WithAdditionalProperties(openapi3.NewStringSchema())
	case "object":
		schema = object(p.Params)
	case "string":
		schema = openapi3.NewStringSchema()
	default: // whatever it is called, it is sent as text
		schema = openapi3.NewStringSchema()
		schema.Title = p.Type
	}
	if len(p.Enum) == 1 {
		schema.Const = p.Enum[0]
	} else {
		for _, word := range p.Enum {
			schema.Enum = append(schema.Enum, word)
		}
	}
	if p.Secret {
		schema.WriteOnly = true
	}
	return schema.NewRef()
}

// describe adds a text; beside a reference it stands as 3.1 lets it.
func describe(ref *openapi3.SchemaRef, text string) *openapi3.SchemaRef {
	if ref.Ref == "" {
		ref.Value.Description = text
		return ref
	}
	return (&openapi3.Schema{Description: text, AllOf: openapi3.SchemaRefs{ref}}).NewRef()
}

// permissionsSchema is the notation of every permissions parameter.
func permissionsSchema() *openapi3.Schema {
	word := func(words ...any) *openapi3.Schema { return openapi3.NewStringSchema().WithEnum(words...) }
	pages := openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	tree := openapi3.NewObjectSchema().WithAdditionalProperties(openapi3.NewAnyOfSchema(word("all"), pages))
	schema := openapi3.NewAnyOfSchema(word("all", "none"), tree)
	schema.Description = "all, none, or category → all or a list of pages."
	return schema
}

// sentence is a text without its last stop, for places that want none.
func sentence(text string) string { return strings.TrimSuffix(text, ".") }
