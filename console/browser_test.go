package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is one tab of a real Chromium on a console that is served over loopback.
type browser struct {
	*testing.T
	tab    context.Context
	base   string
	mu     *sync.Mutex
	asked  *[]string // addresses that were requested since the last visit
	weight *float64  // bytes that came since then, as they came over the wire
}

// chromium starts a browser that ends with the test: a tab of it is opened in
// much less time than another.
func chromium(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU)...)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		leave()
		stop()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// openTab opens a tab on a console; both end with the test.
func openTab(t *testing.T, in context.Context, h http.Handler) browser {
	t.Helper()
	server := httptest.NewServer(h)
	ctx, leave := chromedp.NewContext(in)
	t.Cleanup(func() {
		leave()
		server.CloseClientConnections()
		server.Close()
	})
	b := browser{T: t, tab: ctx, base: server.URL, mu: &sync.Mutex{}, asked: &[]string{}, weight: new(float64)}
	b.do(chromedp.EmulateViewport(1280, 800))
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	call(b, network.SetCacheDisabled.Method, func() error {
		_, err := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return err
	})
	return b
}

// note keeps what the tab asks the network for.
func (b browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		*b.asked = append(*b.asked, e.Request.URL)
	case *network.EventLoadingFinished:
		*b.weight += e.EncodedDataLength
	}
}

// requests are the addresses that the page in view was made of.
func (b browser) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, *b.asked...)
}

// foreign are requests that went elsewhere than to the console.
func (b browser) foreign() (list []string) {
	for _, url := range b.requests() {
		if !strings.HasPrefix(url, b.base+"/") && !strings.HasPrefix(url, "data:") {
			list = append(list, url)
		}
	}
	return list
}

func call(b browser, what string, f func() error) {
	b.Helper()
	if err := f(); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	call(b, "the browser", func() error { return chromedp.Do(b.tab, steps...) })
}

// visit opens a page of the console.
func (b browser) visit(path string) {
	b.Helper()
	b.mu.Lock()
	*b.asked, *b.weight = nil, 0
	b.mu.Unlock()
	b.do(chromedp.Navigate(b.base + path))
}

// evaluate runs an expression in the page and reads what it answers as JSON.
func evaluate[T any](b browser, expression string) T {
	b.Helper()
	text, err := chromedp.Run(b.tab, chromedp.Evaluate[string]("(async () => JSON.stringify(await ("+expression+") ?? null))()", chromedp.EvalAwaitPromise))
	var out T
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	if err != nil {
		b.Fatalf("%.80s: %v", expression, err)
	}
	return out
}

// keys types, one key after another, into whatever has the focus.
func (b browser) keys(keys ...string) {
	b.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// tabTo walks with the Tab key until what has the focus says these words.
func (b browser) tabTo(words string) {
	b.Helper()
	const said = `(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim().replace(/\s+/g, " ")`
	for range 200 {
		b.keys(kb.Tab)
		if at := evaluate[string](b, said); strings.HasPrefix(at, words) {
			return
		}
	}
	b.Fatalf("Tab does not reach %q on %s", words, b.path())
}

// until waits for an expression to hold in the page, through its navigations.
func (b browser) until(what, expression string) {
	b.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		holds, err := chromedp.Run(b.tab, chromedp.Evaluate[bool]("document.readyState === 'complete' && Boolean("+expression+")"))
		if err == nil && holds {
			return
		}
	}
	b.Fatalf("%s: it did not come to that on %s:\n%s", what, b.path(), evaluate[string](b, "document.body.innerText.slice(0, 1500)"))
}

// reads waits for the page to hold a text.
func (b browser) reads(words string) {
	b.Helper()
	quoted, _ := json.Marshal(words)
	b.until("reads "+words, "document.body.innerText.replace(/\\s+/g, ' ').includes("+string(quoted)+")")
}

func (b browser) path() string {
	b.Helper()
	return evaluate[string](b, "location.pathname")
}

// prefers sets what the person at the machine prefers: a colour scheme, forced
// colours, less motion.
func (b browser) prefers(features map[string]string) {
	b.Helper()
	var list []*emulation.MediaFeature
	for name, value := range features {
		list = append(list, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(b, "preferences", func() error {
		_, err := chromedp.Call(b.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: list})
		return err
	})
}
