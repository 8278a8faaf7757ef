package suggest

import (
	"context"
	"math"
	"math/rand/v2"
)

// How the model learns. Measured on half of server/bench/suggest's people, and
// reported on the other half: nothing here is sharp.
const (
	epochs = 12
	rate   = 1.0
	// shrink draws every weight towards nothing at each step.
	shrink = 1e-5
	// biasRate is how much slower a theme's base rate moves than a weight.
	biasRate = 0.1
)

// A model is a weight for each feature and label: one logistic regression a
// label, against all the rest, learnt together by stochastic gradient descent.
type model struct {
	words  *vocabulary
	labels int
	weight []float32 // by row, then label
	bias   []float32 // by label
}

// An example is a view with the labels that are right for it.
type example struct {
	x, bare []entry // with what is known beside the words, and without
	labels  []int
}

// fit learns. It ends early only with the context, and then what it learnt is of no use.
func (m *model) fit(ctx context.Context, examples []example) error {
	n := m.labels
	m.weight = make([]float32, len(m.words.idf)*n)
	m.startWithBaseRates(examples)
	// The model is the mean of the second half of the way, which hardly depends on
	// where the last steps went.
	mean := model{labels: n, weight: make([]float32, len(m.weight)), bias: make([]float32, n)}
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	dice := rand.New(rand.NewPCG(1, 2)) // the same each time: the same views make the same model
	gradient, scale, step := make([]float32, n), float32(1), 0
	for epoch := range epochs {
		dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			if step++; step%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			e := &examples[i]
			// Every other time by the words alone: of a view that waits nothing else may be known yet.
			x := e.x
			if epoch%2 == 0 {
				x = e.bare
			}
			speed := float32(rate / (1 + rate*shrink*float64(step)))
			copy(gradient, m.bias)
			m.add(gradient, x, scale)
			for k, z := range gradient {
				gradient[k] = sigmoid(z)
			}
			for _, k := range e.labels {
				gradient[k]--
			}
			// All weights shrink at each step; it is done to one number that stands for all.
			scale *= 1 - speed*shrink
			m.step(x, gradient, speed/scale)
			for k, g := range gradient {
				m.bias[k] -= biasRate * speed * g
			}
		}
		for i := range m.weight {
			m.weight[i] *= scale
		}
		scale = 1
		if epoch >= epochs/2 {
			mean.take(m, 1/float32(epochs-epochs/2))
		}
	}
	m.weight, m.bias = mean.weight, mean.bias
	return nil
}

// startWithBaseRates makes each label as likely as it is often given.
func (m *model) startWithBaseRates(examples []example) {
	m.bias = make([]float32, m.labels)
	given := make([]float64, m.labels)
	for _, e := range examples {
		for _, k := range e.labels {
			given[k]++
		}
	}
	for k, g := range given {
		p := (g + 0.5) / float64(len(examples)+1)
		m.bias[k] = float32(math.Log(p / (1 - p)))
	}
}

// add adds to z what a view says for each label.
func (m *model) add(z []float32, x []entry, scale float32) {
	for _, e := range x {
		row, by := m.row(e.row), scale*e.x
		for k, w := range row {
			z[k] += by * w
		}
	}
}

// step goes down the gradient.
func (m *model) step(x []entry, gradient []float32, speed float32) {
	for _, e := range x {
		row, by := m.row(e.row), speed*e.x
		for k, g := range gradient {
			row[k] -= by * g
		}
	}
}

func (m *model) row(row int32) []float32 {
	return m.weight[int(row)*m.labels : int(row+1)*m.labels]
}

// take adds a part of another model.
func (m *model) take(other *model, part float32) {
	for i, w := range other.weight {
		m.weight[i] += part * w
	}
	for k, b := range other.bias {
		m.bias[k] += part * b
	}
}

func sigmoid(z float32) float32 { return float32(1 / (1 + math.Exp(-float64(z)))) }
