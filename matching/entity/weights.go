package entity

// The weights were learned by learn from the even rows of the pairs of names in
// the evaluation data; the odd rows measure them (TestNames). Other numbers in a
// name weigh nothing: the few pairs that have them are of one fund's series.
var (
	companyWeights = weights{1.2873, 1.4172, -1.4796, .5791, 1.146, -1.8204, -2.0959, 2.2172, -.5459, -3.5908, 0, 0, 2.1151, 1.248}
	personWeights  = weights{1.8835, .5783, -4.9371, -3.2435, 1.4442, .6721, .6383, -1.6729, -2.1012, .3542, 0, 0, .3357, 2.3339}
)

// example is a pair that people judged.
type example struct {
	pair
	same bool
}

// learn fits a logistic model by gradient descent with a penalty on large weights,
// over features that lie between 0 and 1.
func learn(examples []example, penalty float64) (w weights) {
	const rounds, step = 4_000, 1
	for range rounds {
		var slope weights
		for _, e := range examples {
			miss := probability(w.logit(e.pair))
			if e.same {
				miss--
			}
			for i, x := range e.pair {
				slope[i] += miss * x
			}
			slope[featureCount] += miss
		}
		for i := range w {
			if i < featureCount {
				slope[i] += penalty * w[i]
			}
			w[i] -= step * slope[i] / float64(len(examples))
		}
	}
	return w
}
