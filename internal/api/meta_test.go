package api

import (
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openAPI31 is the OpenAPI Initiative's schema of a 3.1 document, of 7 October
// 2022, Apache-2.0, as published at its $id.
const openAPI31 = "testdata/openapi-3.1.2022-10-07.json"

// documentSchema is that schema with every schema in the document held to JSON
// Schema 2020-12.
const documentSchema = `{"$id":"https://caseledger.example/openapi-and-schemas","$schema":"https://json-schema.org/draft/2020-12/schema",
	"$ref":"https://spec.openapis.org/oas/3.1/schema/2022-10-07",
	"$defs":{"schema":{"$dynamicAnchor":"meta","$ref":"https://json-schema.org/draft/2020-12/schema"}}}`

// TestDocumentIsOpenAPI holds the document to what OpenAPI 3.1 says that one is,
// and makes sure that it would be seen if it were not.
func TestDocumentIsOpenAPI(t *testing.T) {
	raw, err := os.ReadFile(openAPI31)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	for id, text := range map[string][]byte{"https://spec.openapis.org/oas/3.1/schema/2022-10-07": raw, "https://caseledger.example/openapi-and-schemas": []byte(documentSchema)} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(id, v); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile("https://caseledger.example/openapi-and-schemas")
	if err != nil {
		t.Fatal(err)
	}
	document := func() map[string]any {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(server().document))
		if err != nil {
			t.Fatal(err)
		}
		return v.(map[string]any)
	}
	if err := schema.Validate(document()); err != nil {
		t.Fatalf("%+v", err)
	}
	get := func(v any, path ...string) map[string]any {
		for _, p := range path {
			v = v.(map[string]any)[p]
		}
		return v.(map[string]any)
	}
	for name, spoil := range map[string]func(map[string]any){
		"of another version":       func(d map[string]any) { d["openapi"] = "3.0.3" },
		"without a title":          func(d map[string]any) { delete(get(d, "info"), "title") },
		"with a member of its own": func(d map[string]any) { d["routes"] = []any{} },
		"with a path that is none": func(d map[string]any) { get(d, "paths")["cases"] = map[string]any{} },
		"with an answer that says nothing": func(d map[string]any) {
			delete(get(d, "paths", Root+"/cases", "get", "responses", "200"), "description")
		},
		"with a parameter from nowhere": func(d map[string]any) {
			delete(get(d, "paths", Root+"/cases", "get")["parameters"].([]any)[0].(map[string]any), "in")
		},
		"with a schema that is none": func(d map[string]any) {
			for _, s := range get(d, "components", "schemas") {
				s.(map[string]any)["type"] = "strnig"
			}
		},
	} {
		d := document()
		spoil(d)
		if schema.Validate(d) == nil {
			t.Errorf("a document %s is taken", name)
		}
	}
}
