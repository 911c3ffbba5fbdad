// SPDX-License-Identifier: Apache-2.0

// Command passwords makes the list of common passwords that kit/access refuses, from a list of passwords, one
// a line, the most used first. It keeps no password: the result is the first 32 bits of the SHA-256 of each, in
// lower case, sorted, as the distances between neighbours in unsigned varints. It takes all that are as long as the product asks
// for, and the most used of the shorter ones, which people pad.
//
//	go run -C tools ./passwords <list >kit/access/common/passwords.bin
//
// The list in the tree was made from 10-million-password-list-top-1000000.txt of SecLists (MIT).
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	long    = 12     // characters: all of these
	short   = 8      // characters: the most used of these
	ofShort = 50_000 // so many
)

func main() {
	sums, err := read(bufio.NewScanner(os.Stdin))
	if err == nil {
		_, err = os.Stdout.Write(encode(sums))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, len(sums), "passwords")
}

func read(lines *bufio.Scanner) ([]uint32, error) {
	var sums []uint32
	shorter := 0
	for lines.Scan() {
		word := strings.ToLower(lines.Text())
		n := utf8.RuneCountInString(word)
		if n < short || n < long && shorter == ofShort {
			continue
		}
		if n < long {
			shorter++
		}
		h := sha256.Sum256([]byte(word))
		sums = append(sums, binary.BigEndian.Uint32(h[:]))
	}
	slices.Sort(sums)
	return slices.Compact(sums), lines.Err()
}

func encode(sums []uint32) []byte {
	var out []byte
	last := uint32(0)
	for _, s := range sums {
		out = binary.AppendUvarint(out, uint64(s-last))
		last = s
	}
	return out
}
