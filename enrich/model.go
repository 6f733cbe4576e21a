package enrich

// ModelCall is one call of a language model as the ledger keeps it.
type ModelCall struct {
	WorkspaceID string
	TaskID      string  // the task that asked
	BatchID     *string // and its batch
	Purpose     string  // extract, repair
	Model       string
	InputHash   string // of all that the answer depends on
	Status      ModelStatus
	In, Out     int64  // tokens
	CostMicros  int64  // millionths of a currency unit; before the call, the most that it can cost
	Detail      string // what went wrong, for operators
}

// ModelStatus says how a call of a model went.
type ModelStatus string

// How a call went.
const (
	ModelBegun   ModelStatus = "begun"   // and not known to have ended
	ModelOK      ModelStatus = "ok"      // the answer is of the form asked for
	ModelCached  ModelStatus = "cached"  // the answer was there; nothing was asked
	ModelInvalid ModelStatus = "invalid" // the answer is not of the form asked for
	ModelLimited ModelStatus = "limited" // the provider asked to wait
	ModelFailed  ModelStatus = "failed"  // there was no answer that can be read
)

// ModelBudget is what models may cost, in millionths of a currency unit; zero is no
// bound. A batch is bounded by the cap that its press named.
type ModelBudget struct {
	Task         int64 // by one task
	WorkspaceDay int64 // by one workspace in 24 hours
}

// CodeOverBudget marks a call of a model that a budget has no room for.
const CodeOverBudget = "model_over_budget"
