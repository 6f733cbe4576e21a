package jsonapi

import (
	"maps"
	"slices"
)

// Code is one entry of the closed list of error codes.
type Code struct {
	Name   string
	Status int    // HTTP
	Title  string // constant for the code
}

// Codes lists every error code, by name. It is what the documentation publishes.
func Codes() []Code {
	list := make([]Code, 0, len(codes))
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		list = append(list, Code{name, codes[name].status, codes[name].title})
	}
	return list
}

type codeInfo struct {
	status int
	title  string
}

// codes is the one table from codes to HTTP.
var codes = map[string]codeInfo{
	"INVALID_JSON":                    {400, "The body is not JSON"},
	"SCHEMA_VALIDATION_ERROR":         {400, "The body is no JSON:API document"},
	"INVALID_QUERY_PARAMETER":         {400, "A query parameter cannot be used"},
	"INVALID_CURSOR":                  {400, "The cursor cannot be used here"},
	"UNSUPPORTED_SORT":                {400, "The list cannot be sorted this way"},
	"MAX_PAGE_SIZE_EXCEEDED":          {400, "The page is too large"},
	"RANGE_PAGINATION_NOT_SUPPORTED":  {400, "Pages between two cursors are not supported"},
	"IDEMPOTENCY_KEY_INVALID":         {400, "The idempotency key cannot be used"},
	"INVALID_UPLOAD":                  {400, "The upload cannot be read"},
	"UNAUTHORIZED":                    {401, "No valid API key"},
	"FORBIDDEN":                       {403, "Not allowed"},
	"OWN_WORK":                        {403, "Nobody signs off their own work"},
	"INSUFFICIENT_SCOPE":              {403, "The API key lacks a scope"},
	"ATTRIBUTE_READ_ONLY":             {403, "The attribute is read-only"},
	"RELATIONSHIP_READ_ONLY":          {403, "The relationship is read-only"},
	"CLIENT_GENERATED_ID_UNSUPPORTED": {403, "Ids are given by the server"},
	"ENRICHMENT_TASK_NOT_FOUND":       {404, "No such enrichment task"},
	"RELATED_RESOURCE_NOT_FOUND":      {404, "A named resource does not exist"},
	"NOT_FOUND":                       {404, "No such resource"},
	"METHOD_NOT_ALLOWED":              {405, "The method is not allowed here"},
	"NOT_ACCEPTABLE":                  {406, "No acceptable media type"},
	"RESOURCE_TYPE_MISMATCH":          {409, "The resource type does not fit"},
	"RESOURCE_ID_MISMATCH":            {409, "The id does not fit the address"},
	"MONTHLY_CLOSE_ALREADY_ACTIVE":    {409, "The month is already being closed"},
	"CLOSE_NOT_READY":                 {409, "The month cannot be signed off"},
	"ALREADY_SIGNED_OFF":              {409, "The month is signed off"},
	"TASK_NOT_PENDING":                {409, "The task is no longer pending"},
	"TASK_NOT_AWAITING_APPROVAL":      {409, "The task does not wait for a decision"},
	"DECISION_ALREADY_MADE":           {409, "The decision was already made"},
	"DECISION_ALREADY_APPLIED":        {409, "The decision has taken effect"},
	"VALUE_NOT_SUGGESTED":             {409, "The value is no suggestion"},
	"OUTPUT_CHANGED":                  {409, "The output changed since it was reviewed"},
	"IDEMPOTENCY_IN_PROGRESS":         {409, "The first request of this key still runs"},
	"PRECONDITION_FAILED":             {412, "The resource changed in the meantime"},
	"PAYLOAD_TOO_LARGE":               {413, "The body is too large"},
	"URI_TOO_LONG":                    {414, "The address is too long"},
	"HEADER_TOO_LARGE":                {431, "The headers are too large"},
	"UNSUPPORTED_MEDIA_TYPE":          {415, "The media type is not supported"},
	"REQUIRED":                        {422, "A value is required"},
	"INVALID_TYPE":                    {422, "A value has the wrong type"},
	"INVALID_ENUM":                    {422, "A value is none of the allowed ones"},
	"TOO_LONG":                        {422, "A value is too long"},
	"INVALID_VALUE":                   {422, "A value cannot be taken"},
	"UNKNOWN_ATTRIBUTE":               {422, "The attribute does not exist"},
	"INVALID_BANK_STATEMENT":          {422, "The bank statement cannot be read"},
	"INVALID_EMAIL":                   {422, "The e-mail cannot be read"},
	"PARENT_CYCLE":                    {422, "The parent does not fit"},
	"IDEMPOTENCY_KEY_REUSED":          {422, "The key was used for another request"},
	"RATE_LIMIT_EXCEEDED":             {429, "Too many requests"},
	"INTERNAL_ERROR":                  {500, "Something went wrong on our side"},
	"SERVICE_UNAVAILABLE":             {503, "The service is away for a moment"},
}
