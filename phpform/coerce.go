package phpform

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// setScalar puts a text into dst, whose kind is scalar. It returns what would have been right, or "".
func setScalar(dst reflect.Value, s string) (reason string) {
	switch k := dst.Kind(); {
	case k == reflect.String:
		return setString(dst, s)
	case k == reflect.Bool:
		return setBool(dst, s)
	case k <= reflect.Int64:
		return setInt(dst, s)
	case isFloat(k):
		return setFloat(dst, s)
	}
	return setUint(dst, s)
}

func setString(dst reflect.Value, s string) (reason string) {
	if reason = badText(s); reason == "" {
		dst.SetString(s)
	}
	return reason
}

// badText refuses what JSON cannot hold and what a C string would cut.
func badText(s string) (reason string) {
	if !utf8.ValidString(s) {
		return mustBeUTF8
	}
	if strings.IndexByte(s, 0) >= 0 {
		return "must not hold a NUL"
	}
	return ""
}

func setBool(dst reflect.Value, s string) (reason string) {
	switch strings.ToLower(s) {
	case "1", "true", "on", "yes":
		dst.SetBool(true)
	case "0", "false", "off", "no", "":
		dst.SetBool(false)
	default:
		return "must be one of 1, 0, true, false, on, off, yes, no"
	}
	return ""
}

func setInt(dst reflect.Value, s string) (reason string) {
	bits := dst.Type().Bits()
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil || s[0] == '+' {
		highest := int64(math.MaxInt64) >> (64 - bits)
		return fmt.Sprintf("must be a whole number from %d to %d", -highest-1, highest)
	}
	dst.SetInt(n)
	return ""
}

func setUint(dst reflect.Value, s string) (reason string) {
	bits := dst.Type().Bits()
	n, err := strconv.ParseUint(s, 10, bits)
	if err != nil {
		return fmt.Sprintf("must be a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-bits))
	}
	dst.SetUint(n)
	return ""
}

// setFloat takes decimal numbers only: ParseFloat would also read "inf", "nan" and hexadecimal.
func setFloat(dst reflect.Value, s string) (reason string) {
	f, err := strconv.ParseFloat(s, dst.Type().Bits())
	if err != nil || strings.Trim(s, "0123456789.eE+-") != "" || s[0] == '+' {
		return "must be a number"
	}
	dst.SetFloat(f)
	return ""
}
