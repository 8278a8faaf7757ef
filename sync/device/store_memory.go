package device

import (
	"slices"
	"strings"
	"sync"
)

// NewMemory gives a Store that lasts as long as the process.
func NewMemory() Store { return &memory{shelves: map[string]map[string][]byte{}} }

type memory struct {
	mu      sync.RWMutex
	shelves map[string]map[string][]byte
}

func (m *memory) Update(f func(Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	tx := &memoryTx{m: m}
	err := f(tx)
	if err != nil {
		for i := len(tx.undo) - 1; i >= 0; i-- {
			tx.undo[i]()
		}
	}
	return err
}

func (m *memory) View(f func(Tx) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return f(&memoryTx{m: m})
}

func (m *memory) Close() error { return nil }

type memoryTx struct {
	m    *memory
	undo []func()
}

func (t *memoryTx) Get(shelf, key string) []byte { return t.m.shelves[shelf][key] }

func (t *memoryTx) Put(shelf, key string, value []byte) {
	s := t.m.shelves[shelf]
	if s == nil {
		s = map[string][]byte{}
		t.m.shelves[shelf] = s
	}
	t.remember(s, key)
	s[key] = value
}

func (t *memoryTx) Delete(shelf, key string) {
	if s := t.m.shelves[shelf]; s != nil {
		t.remember(s, key)
		delete(s, key)
	}
}

func (t *memoryTx) remember(s map[string][]byte, key string) {
	before, was := s[key]
	t.undo = append(t.undo, func() {
		if was {
			s[key] = before
		} else {
			delete(s, key)
		}
	})
}

func (t *memoryTx) Clear(shelf string) {
	before := t.m.shelves[shelf]
	t.undo = append(t.undo, func() { t.m.shelves[shelf] = before })
	delete(t.m.shelves, shelf)
}

func (t *memoryTx) Each(shelf, prefix string, f func(string, []byte) bool) {
	s := t.m.shelves[shelf]
	keys := make([]string, 0, len(s))
	for k := range s {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !f(k, s[k]) {
			return
		}
	}
}
