package builtin

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func unknownEncoding(name string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

// encode turns bytes into text: base64 has a line end after 76 characters.
func encode(_ *Context, a []types.Datum) (types.Datum, error) {
	b := a[0].Raw()
	switch strings.ToLower(a[1].Str()) {
	case "hex":
		return types.Text(hex.EncodeToString(b)), nil
	case "escape":
		var out []byte
		for _, c := range b {
			switch {
			case c == 0 || c >= 0x80:
				out = append(out, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			case c == '\\':
				out = append(out, '\\', '\\')
			default:
				out = append(out, c)
			}
		}
		return types.Bytes(out), nil
	case "base64":
		s := base64.StdEncoding.EncodeToString(b)
		var sb strings.Builder
		for len(s) > 76 {
			sb.WriteString(s[:76] + "\n")
			s = s[76:]
		}
		sb.WriteString(s)
		return types.Text(sb.String()), nil
	}
	return types.Null, unknownEncoding(a[1].Str())
}

func decode(_ *Context, a []types.Datum) (types.Datum, error) {
	s := a[0].Str()
	switch strings.ToLower(a[1].Str()) {
	case "hex":
		b, err := types.DecodeHex(s)
		return types.Bytes(b), err
	case "escape":
		if strings.HasPrefix(s, `\x`) {
			s = `\\` + s[1:]
		}
		return types.Input(types.ByteaOID, s, -1, nil)
	case "base64":
		return decodeBase64(s)
	}
	return types.Null, unknownEncoding(a[1].Str())
}

func decodeBase64(s string) (types.Datum, error) {
	clean := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, s)
	for _, r := range clean {
		if r >= 0x80 || !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", r) {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue,
				"invalid symbol \"%c\" found while decoding base64 sequence", r)
		}
	}
	b, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		if i := strings.IndexByte(clean, '='); i >= 0 && i < len(clean)-2 {
			return types.Null, pgerr.New(pgerr.InvalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
		}
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return types.Bytes(b), nil
}

func hashBytes(sum func([]byte) []byte) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bytes(sum(a[0].Raw())), nil }
}

func md5Hex(_ *Context, a []types.Datum) (types.Datum, error) {
	sum := md5.Sum(a[0].Raw())
	return types.Text(hex.EncodeToString(sum[:])), nil
}

func indexOutOfRange(i, limit int64) error {
	return pgerr.New(pgerr.ArraySubscriptError, "index %d out of valid range, 0..%d", i, limit)
}

func getByte(_ *Context, a []types.Datum) (types.Datum, error) {
	b, i := a[0].Raw(), a[1].Int()
	if i < 0 || i >= int64(len(b)) {
		return types.Null, indexOutOfRange(i, int64(len(b))-1)
	}
	return types.Int(int64(b[i])), nil
}

func setByte(_ *Context, a []types.Datum) (types.Datum, error) {
	b, i := bytes.Clone(a[0].Raw()), a[1].Int()
	if i < 0 || i >= int64(len(b)) {
		return types.Null, indexOutOfRange(i, int64(len(b))-1)
	}
	b[i] = byte(a[2].Int())
	return types.Bytes(b), nil
}

func getBit(_ *Context, a []types.Datum) (types.Datum, error) {
	b, i := a[0].Raw(), a[1].Int()
	if i < 0 || i >= int64(len(b))*8 {
		return types.Null, indexOutOfRange(i, int64(len(b))*8-1)
	}
	return types.Int(int64(b[i/8] >> (i % 8) & 1)), nil
}

func setBit(_ *Context, a []types.Datum) (types.Datum, error) {
	b, i, v := bytes.Clone(a[0].Raw()), a[1].Int(), a[2].Int()
	if i < 0 || i >= int64(len(b))*8 {
		return types.Null, indexOutOfRange(i, int64(len(b))*8-1)
	}
	if v != 0 && v != 1 {
		return types.Null, pgerr.New(pgerr.InvalidParameterValue, "new bit must be 0 or 1")
	}
	b[i/8] = b[i/8]&^(1<<(i%8)) | byte(v)<<(i%8)
	return types.Bytes(b), nil
}

// byteSubstring is substring over bytes.
func byteSubstring(b []byte, start, length int64, bounded bool) ([]byte, error) {
	end := int64(len(b)) + 1
	if bounded {
		if length < 0 {
			return nil, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
		}
		end = min(end, start+length)
	}
	start = max(start, 1)
	if end <= start {
		return nil, nil
	}
	return b[start-1 : end-1], nil
}

func byteaSubstring(_ *Context, a []types.Datum) (types.Datum, error) {
	length, bounded := int64(0), len(a) > 2
	if bounded {
		length = a[2].Int()
	}
	b, err := byteSubstring(a[0].Raw(), a[1].Int(), length, bounded)
	return types.Bytes(b), err
}

func byteaOverlay(_ *Context, a []types.Datum) (types.Datum, error) {
	start, length := a[2].Int(), int64(len(a[1].Raw()))
	if len(a) > 3 {
		length = a[3].Int()
	}
	if start <= 0 {
		return types.Null, pgerr.New(pgerr.SubstringError, "negative substring length not allowed")
	}
	before, err := byteSubstring(a[0].Raw(), 1, start-1, true)
	if err != nil {
		return types.Null, err
	}
	after, err := byteSubstring(a[0].Raw(), start+length, 0, false)
	return types.Bytes(bytes.Join([][]byte{before, a[1].Raw(), after}, nil)), err
}

func byteaTrim(ends string) Func {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		b, set := a[0].Raw(), a[1].Raw()
		for strings.Contains(ends, "l") && len(b) > 0 && bytes.IndexByte(set, b[0]) >= 0 {
			b = b[1:]
		}
		for strings.Contains(ends, "r") && len(b) > 0 && bytes.IndexByte(set, b[len(b)-1]) >= 0 {
			b = b[:len(b)-1]
		}
		return types.Bytes(b), nil
	}
}

func init() {
	Provide(map[string]Func{
		"binary_encode": encode, "binary_decode": decode, "md5_text": md5Hex, "md5_bytea": md5Hex,
		"sha224_bytea": hashBytes(func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }),
		"sha256_bytea": hashBytes(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
		"sha384_bytea": hashBytes(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }),
		"sha512_bytea": hashBytes(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
		"byteacat":     concat, "byteaoctetlen": textInt(func(s string) int { return len(s) }),
		"bit_length(bytea)": textInt(func(s string) int { return 8 * len(s) }),
		"byteaGetByte":      getByte, "byteaSetByte": setByte, "byteaGetBit": getBit, "byteaSetBit": setBit,
		"bytea_substr": byteaSubstring, "bytea_substr_no_len": byteaSubstring,
		"byteaoverlay": byteaOverlay, "byteaoverlay_no_len": byteaOverlay,
		"byteatrim": byteaTrim("lr"), "bytealtrim": byteaTrim("l"), "byteartrim": byteaTrim("r"),
		"byteapos": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(bytes.Index(a[0].Raw(), a[1].Raw()) + 1)), nil
		},
		"bytea_bit_count": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := 0
			for _, c := range a[0].Raw() {
				n += bits.OnesCount8(c)
			}
			return types.Int(int64(n)), nil
		},
	})
}
