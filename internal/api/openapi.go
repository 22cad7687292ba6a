package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/access"
)

const schemaType = "application/schema+json"

// scopeWords are the scopes as the document explains them.
var scopeWords = map[access.Scope]string{
	access.ScopeAppend:     "record events, as the member of staff may on the pages",
	access.ScopeCases:      "read cases, and lists of them",
	access.ScopeSearch:     "look for cases",
	access.ScopeDay:        "read one's own day and what is due",
	access.ScopeDisclosure: "read where requests for disclosure stand",
	access.ScopeAudit:      "see whether the record is whole, and who read what",
	access.ScopeReferrals:  "send referrals from another agency, and read nothing",
}

// failsOf are the codes of all problems that a route may answer with.
func failsOf(r Route) []string {
	codes := append([]string{"host", "parameter", "broken", "sealed", "failed"}, r.Fails...)
	if !r.Open {
		codes = append(codes, "token", "token-cut", "scope", "forbidden", "wait", "unrecorded")
	}
	for _, p := range r.Params {
		if p.In == inPath && p.Name == "chain" {
			codes = append(codes, "not-found")
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Document is the OpenAPI 3.1 document of routes, in JSON.
func Document(routes []Route, version string) []byte {
	all := shapes{}
	all.add(reflect.TypeFor[Problem]())
	paths := schema{}
	for _, r := range routes {
		item, ok := paths[Root+r.Pattern].(schema)
		if !ok {
			item = schema{}
			paths[Root+r.Pattern] = item
		}
		item[strings.ToLower(r.Method)] = operation(r, all)
	}
	var words strings.Builder
	for _, s := range append(slices.Clone(access.StaffScopes), access.ScopeReferrals) {
		fmt.Fprintf(&words, "\n- `%s`: %s", s, scopeWords[s])
	}
	b, err := json.Marshal(schema{
		"openapi": "3.1.1",
		"info": schema{
			"title": "caseledger", "version": version,
			"description": "The case ledger of a domestic abuse service, for other programs. How to use it is in docs/API.md. " +
				"Members may be added to answers in later versions; none is removed or changes its meaning under " + Root + ".",
		},
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"paths":             paths,
		"components": schema{
			"schemas": all,
			"securitySchemes": schema{"token": schema{"type": "http", "scheme": "bearer", "bearerFormat": "cl_ and 58 letters and digits",
				"description": "A token, which the service makes with `caseledger token add`. Its scopes:" + words.String()}},
		},
	})
	if err != nil {
		panic("api: " + err.Error()) // it is made of the program's own words
	}
	return append(b, '\n')
}

// operation is a route as the document has it.
func operation(r Route, all shapes) schema {
	op := schema{"operationId": r.Name, "summary": r.Says, "security": []any{}}
	more := r.More
	if !r.Open {
		op["security"] = []any{schema{"token": []string{string(r.Scope)}}}
		more = strings.TrimSpace(more + " Needs the scope " + string(r.Scope) + ".")
	}
	if more != "" {
		op["description"] = more
	}
	var list []any
	for _, p := range r.Params {
		param := schema{"name": p.Name, "in": p.In, "description": p.Says, "required": p.In == inPath, "schema": p.Schema}
		if p.Many {
			param["schema"] = schema{"type": "array", "items": p.Schema}
			param["style"], param["explode"] = "form", true
		}
		list = append(list, param)
	}
	if list != nil {
		op["parameters"] = list
	}
	if r.Takes != nil {
		op["requestBody"] = schema{"required": true, "content": schema{jsonType: schema{"schema": r.Takes}}}
	}
	responses := schema{}
	for status, t := range r.Gives {
		shape := schema{"type": "object"}
		if t != nil {
			shape = all.of(t)
		}
		responses[strconv.Itoa(status)] = schema{"description": http.StatusText(status), "content": schema{cmp.Or(r.Media, jsonType): schema{"schema": shape}}}
	}
	by := map[int][]string{}
	for _, code := range failsOf(r) {
		k := kindOf(code)
		by[k.Status] = append(by[k.Status], k.Code+": "+k.Title)
	}
	for status, titles := range by {
		responses[strconv.Itoa(status)] = schema{"description": strings.Join(titles, ". ") + ".", "content": schema{problemType: schema{"schema": refTo(reflect.TypeFor[Problem]())}}}
	}
	op["responses"] = responses
	return op
}
