// A service in which every leaky job waits for an answer that never comes (kind bounded: for a minute or two).
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"strconv"
	"time"
)

func number(name string) int {
	value, _ := strconv.Atoi(os.Getenv(name))
	return value
}

var answers = make(chan bool)

func wait(bytes int, longest time.Duration) {
	state := make([]byte, bytes)
	for i := range state {
		state[i] = byte(i)
	}
	if longest == 0 {
		<-answers
	} else {
		time.Sleep(longest)
	}
	runtime.KeepAlive(state)
}

func main() {
	leak, bound := number("LAB_LEAK_BYTES"), number("LAB_BOUND_BYTES")
	random := rand.New(rand.NewSource(int64(number("LAB_SEED"))))
	start := make([]byte, number("LAB_START_BYTES"))
	for i := range start {
		start[i] = byte(i)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var plain, leaky int
		fmt.Sscan(lines.Text(), &plain, &leaky)
		for i := 0; i < plain; i++ {
			page := make([]byte, 40_000)
			page[plain] = start[len(start)/2]
		}
		for i := 0; i < leaky; i++ {
			var longest time.Duration
			if bound > 0 {
				// As many as the bound holds wait at one time, at eight jobs a second.
				longest = time.Duration((0.5 + random.Float64()) * float64(bound) / float64(leak) / 8 * float64(time.Second))
			}
			go wait(int(float64(leak)*(0.5+random.Float64())), longest)
		}
	}
}
