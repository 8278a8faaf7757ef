package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// KeysFile is the name of the keys' file in the data directory.
const KeysFile = "keys.json"

// Keys are the server's own secrets: what signs access tokens, what opens sealed
// ops, and what codes are hashed under. They live in one file that only the
// server's user may read, and belong into every backup: without the intake keys
// nothing that is sealed can be opened.
type Keys struct {
	tokenID string
	token   ed25519.PrivateKey
	intake  []intakeKey // the last one is given out, every one opens
	codes   []byte      // root of the keys that codes are hashed under
}

type intakeKey struct {
	id      string
	private *ecdh.PrivateKey
	public  []byte // raw uncompressed point
}

// keysFile is the file's content. Secrets are base64url without padding.
type keysFile struct {
	Version int         `json:"version"`
	Token   storedKey   `json:"token"`
	Intake  []storedKey `json:"intake"`
	Codes   string      `json:"codes"`
}

type storedKey struct {
	ID      string `json:"id"`
	Private string `json:"private"`
}

// ErrKeysReadable is given when others than their owner may read the keys.
var ErrKeysReadable = errors.New("the file of keys can be read by others: run chmod 600 on it")

// OpenKeys reads the keys in the data directory, and makes them, and the
// directory, where there are none. Two processes that do so at once end with the
// same keys.
func OpenKeys(dir string, random io.Reader) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	path := filepath.Join(dir, KeysFile)
	keys, err := readKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := makeKeys(path, random); err != nil {
		return nil, fmt.Errorf("making %s: %w", KeysFile, err)
	}
	return readKeys(path)
}

func readKeys(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", KeysFile, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrKeysReadable)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", KeysFile, err)
	}
	var f keysFile
	if err := json.Unmarshal(text, &f); err != nil {
		// What the decoder says may quote the file.
		return nil, fmt.Errorf("%s is not a file of keys: put it back from a backup", path)
	}
	keys, err := f.open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: put it back from a backup", path, err)
	}
	return keys, nil
}

func (f keysFile) open() (*Keys, error) {
	if f.Version != 1 {
		return nil, fmt.Errorf("version %d of the file of keys is not known here", f.Version)
	}
	seed, err := base64.RawURLEncoding.DecodeString(f.Token.Private)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("the token key is damaged")
	}
	codes, err := base64.RawURLEncoding.DecodeString(f.Codes)
	if err != nil || len(codes) != 32 {
		return nil, errors.New("the key of the codes is damaged")
	}
	k := &Keys{tokenID: f.Token.ID, token: ed25519.NewKeyFromSeed(seed), codes: codes}
	for _, s := range f.Intake {
		raw, err := base64.RawURLEncoding.DecodeString(s.Private)
		if err != nil {
			return nil, errors.New("an intake key is damaged")
		}
		key, err := openIntake(s.ID, raw)
		if err != nil {
			return nil, errors.New("an intake key is damaged")
		}
		k.intake = append(k.intake, key)
	}
	if len(k.intake) == 0 {
		return nil, errors.New("there is no intake key")
	}
	return k, nil
}

func openIntake(id string, raw []byte) (intakeKey, error) {
	private, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		return intakeKey{}, err
	}
	return intakeKey{id: id, private: private, public: private.PublicKey().Bytes()}, nil
}

// makeKeys writes new keys beside the path and then links them to it: a link,
// unlike a rename, loses against keys that another process made meanwhile.
func makeKeys(path string, random io.Reader) error {
	secrets := make([]byte, ed25519.SeedSize+32)
	if _, err := io.ReadFull(random, secrets); err != nil {
		return err
	}
	token, codes := secrets[:ed25519.SeedSize], secrets[ed25519.SeedSize:]
	intake, err := newIntake(random)
	if err != nil {
		return err
	}
	text, err := json.Marshal(keysFile{
		Version: 1,
		Token:   stored(ed25519.NewKeyFromSeed(token).Public().(ed25519.PublicKey), token),
		Intake:  []storedKey{stored(intake.PublicKey().Bytes(), intake.Bytes())},
		Codes:   base64.RawURLEncoding.EncodeToString(codes),
	}, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, KeysFile+".new-*") // made 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := tmp.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// newIntake draws a P-256 key by rejection, which is how FIPS 186-5 A.2.2 does
// it, since ecdh.GenerateKey does not take its randomness from the caller.
func newIntake(random io.Reader) (*ecdh.PrivateKey, error) {
	raw := make([]byte, 32)
	for {
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, err
		}
		if key, err := ecdh.P256().NewPrivateKey(raw); err == nil {
			return key, nil
		}
	}
}

// stored names a key by the hash of its public half, so that a name never means two keys.
func stored(public, private []byte) storedKey {
	sum := sha256.Sum256(public)
	return storedKey{ID: hex.EncodeToString(sum[:6]), Private: base64.RawURLEncoding.EncodeToString(private)}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Intake gives the id and the raw uncompressed public point of the key that
// devices seal to now.
func (k *Keys) Intake() (id string, public []byte) {
	key := k.intake[len(k.intake)-1]
	return key.id, key.public
}

// IntakeKeys gives every key that devices have sealed to, by id: those that are
// not given out any more go on opening.
func (k *Keys) IntakeKeys() map[string]*ecdh.PrivateKey {
	all := make(map[string]*ecdh.PrivateKey, len(k.intake))
	for _, key := range k.intake {
		all[key.id] = key.private
	}
	return all
}

// CodeKey gives the HMAC key that codes of one purpose ("receipt",
// "invitation") are hashed under: a plain hash of 40 bits could be guessed.
func (k *Keys) CodeKey(purpose string) []byte {
	key, err := hkdf.Expand(sha256.New, k.codes, "earshot/code/1|"+purpose, sha256.Size)
	if err != nil {
		panic("identity: " + err.Error()) // only for a length that HKDF can't give
	}
	return key
}

// hash gives the HMAC-SHA256 of a code of one purpose.
func (k *Keys) hash(purpose, code string) []byte {
	h := hmac.New(sha256.New, k.CodeKey(purpose))
	io.WriteString(h, code)
	return h.Sum(nil)
}
