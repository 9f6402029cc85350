package reviewreport

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keep has the tests leave their reports in a folder, to be looked at.
var keep = flag.String("keep", "", "a folder to leave the reports in")

var at = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

var (
	critical = Word{"critical", "Critical", "#7f1d1d"}
	high     = Word{"high", "High", "#dc2626"}
	medium   = Word{"medium", "Medium", "#f59e0b"}
	low      = Word{"low", "Low", "#2563eb"}
	info     = Word{"informational", "Informational", "#6b7280"}
	open     = Word{"open", "Open", "#dc2626"}
	resolved = Word{"resolved", "Resolved", "#16a34a"}
	retest   = Word{"ready_for_retest", "Ready for Retest", "#8b5cf6"}
)

// plainInput is a report without findings.
func plainInput() *Input {
	return &Input{
		Generated: at, Language: "en", Taxonomy: 3,
		Brand:    Brand{Name: "Northwind Security", Color: "#0f4c81"},
		Session:  Session{ID: "0199a3c0-0000-7000-8000-000000000001", Name: "Web portal penetration test 2026", Date: "2026-11-20", Status: Word{"completed", "Completed", ""}, Scope: "The public web portal and its API.\n\n- `portal.example.com`\n- `api.example.com`\n\nOut of scope: the mail servers.", Notes: "Tests were done from the internet with two accounts."},
		Asset:    Asset{ID: "0199a3c0-0000-7000-8000-000000000002", Number: "AST-12", Name: "Customer portal", Type: Word{"web_application", "Web application", ""}},
		Client:   &Client{ID: "0199a3c0-0000-7000-8000-000000000003", Name: "Contoso Energy AG", Contact: "Petra Müller", Email: "petra.mueller@contoso.example"},
		Reviewer: "Ada Reviewer",
		Risks:    []Word{critical, high, medium, low, info},
		Statuses: []Word{open, {"in_progress", "In Progress", "#f59e0b"}, retest, resolved, {"accepted_risk", "Accepted Risk", "#6b7280"}},
	}
}

const description = `The search form puts its input into an SQL statement without **binding** it. An attacker who is *not* signed in can read every table.

### Steps

1. Open ` + "`/search?q=test`" + `.
2. Send the following request:

` + "```http\nGET /search?q=%27%20UNION%20SELECT%20username,password_hash%20FROM%20users--%20 HTTP/1.1\nHost: portal.example.com\nUser-Agent: Mozilla/5.0\n\n```" + `

3. The answer holds the rows:
   - user names
   - hashes, *unsalted*
     - MD5

| parameter | injectable | technique |
|---|:---:|---:|
| q | yes | UNION, boolean |
| page | no | – |
| a-very-long-parameter-name-that-does-not-fit | yes | time-based blind injection with a heavy query |

> Parameters must be bound, not pasted.

See <https://owasp.org/Top10/> and [the guide](https://cheatsheetseries.owasp.org/cheatsheets/SQL_Injection_Prevention_Cheat_Sheet.html). <b>HTML</b> is ~~run~~ shown. ![remote](https://evil.example/x.png)

- [x] checked by hand
- [ ] checked by a tool
`

// fewFindings are three, with everything that a finding can have.
func fewFindings() *Input {
	in := plainInput()
	score := 9.8
	due := at.AddDate(0, 1, 0)
	in.Findings = []Finding{
		{
			ID: "1", Number: "FND-77", Title: "SQL injection in the search form", Description: description, Impact: "All **customer data** can be read and changed.",
			Recommendation: "Use *prepared statements*:\n\n```go\nrows, err := db.QueryContext(ctx, `select id, name from products where name like $1`, \"%\"+q+\"%\")\n```\n",
			Risk:           critical, Status: open, References: []string{"https://cwe.mitre.org/data/definitions/89.html", "https://owasp.org/www-community/attacks/SQL_Injection?a-very-long-query=" + strings.Repeat("abc123", 30), "ASVS 5.3.4"},
			Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Score: &score, Severity: "critical", CWE: 89, Location: "https://portal.example.com/search?q=", Tool: "zap", Rule: "40018",
			Due: &due, Created: at, Updated: at,
			Retests:     []Retest{{At: at, By: "Ada Reviewer", Result: "not_fixed", Note: "The filter can be passed by double encoding."}, {At: at.AddDate(0, 0, 3), By: "Ada Reviewer", Result: "partly", Note: "Only `q` is bound; the order is not."}},
			Attachments: []Attachment{file("sqlmap-output.png", "image/png", screenshot(1600, 900, 1)), file("request.txt", "text/plain", []byte("GET /")), file("broken.png", "image/png", []byte("\x89PNG\r\n\x1a\nnot really"))},
		},
		{
			ID: "2", Number: "FND-78", Title: "Session cookie without the Secure attribute, which lets it be sent over connections that anybody on the way can read", Description: "The cookie `PORTALSESSION` lacks **Secure** and `SameSite`.", Recommendation: "Set both.", Risk: medium, Status: retest, Created: at, Updated: at, CWE: 614,
			Attachments: []Attachment{file("photo.jpg", "image/jpeg", photograph(2000, 1500))},
		},
		{ID: "3", Number: "FND-79", Title: "Server names its version", Description: "`Server: nginx/1.18.0`", Risk: info, Status: resolved, Created: at, Updated: at},
	}
	return in
}

// manyFindings are n of middling length, with so many pictures.
func manyFindings(n, pictures int) *Input {
	in := plainInput()
	risks := []Word{critical, high, medium, low, info}
	shots := make([][]byte, pictures)
	for i := range shots {
		shots[i] = screenshot(1920, 1080, i)
	}
	for i := range n {
		score := float64(i%100) / 10
		f := Finding{
			ID: fmt.Sprintf("%06d", i), Number: fmt.Sprintf("FND-%d", i+1), Title: fmt.Sprintf("Finding number %d of the review, about its %s", i+1, strings.Repeat("headers ", i%7)),
			Description: description, Impact: "An attacker gains access. " + strings.Repeat("The effect is large and lasting. ", i%9),
			Recommendation: "1. Update.\n2. Configure.\n3. Verify with `curl -I https://portal.example.com`.\n", Risk: risks[i%5], Status: open,
			References: []string{"https://owasp.org/Top10/A03_2021-Injection/"}, Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Score: &score, Severity: "high", CWE: 79,
			Location: "https://portal.example.com/a/b/c", Created: at.Add(time.Duration(i) * time.Second), Updated: at,
		}
		if pictures > 0 && i%(max(n/pictures, 1)) == 0 && i/(max(n/pictures, 1)) < pictures {
			a := file(fmt.Sprintf("shot-%d.png", i), "image/png", shots[i/max(n/pictures, 1)])
			f.Attachments = []Attachment{a}
		}
		in.Findings = append(in.Findings, f)
	}
	in.Arrange()
	return in
}

func file(name, contentType string, data []byte) Attachment {
	sum := sha256.Sum256(data)
	return Attachment{
		Name: name, ContentType: contentType, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// screenshot draws something like a window with text.
func screenshot(w, h, seed int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{24, 28, 36, 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, w, 40), image.NewUniform(color.RGBA{70, 80, 100, 255}), image.Point{}, draw.Src)
	r := uint32(seed + 1)
	for y := 60; y+14 < h; y += 22 {
		for x := 20; x < w-40; {
			r = r*1664525 + 1013904223
			word := 10 + int(r>>24)/3
			c := color.RGBA{uint8(140 + r>>26), 200, uint8(120 + r>>25), 255}
			for k := 0; k < word; k += 8 {
				draw.Draw(m, image.Rect(x+k, y+int(r>>uint(k%16))%5, x+k+5, y+14), image.NewUniform(c), image.Point{}, draw.Src)
			}
			x += word + 12
			if r%11 == 0 {
				break
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

func photograph(w, h int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8((x ^ y) & 63), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

// made is the PDF of an input; it is left in the folder that -keep names.
func made(t testing.TB, name string, in *Input) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PDF(t.Context(), &b, in); err != nil {
		t.Fatal(err)
	}
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, name+".pdf"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// germanInput and foreignInput are in other languages and scripts.
func germanInput() *Input {
	in := fewFindings()
	in.Brand.Logo, in.Brand.Color = screenshot(500, 120, 3), "#ffcc00"
	in.Zone = time.FixedZone("CET", 3600)
	in.Language = "de-AT"
	in.Session.Name = "Überprüfung der Fernwartungszugänge im Umspannwerk Süd – Größenordnung, Äußeres, Übergänge"
	in.Findings[0].Title = "Unzureichende Authentifizierung an der Rechtsschutzversicherungsgesellschaftenverwaltungsschnittstelle"
	in.Findings[0].Description = "Die Schnittstelle prüft **keine** Anmeldung. Größe, Maß, Übermut, ÄÖÜäöüß, „Anführungszeichen“, ‚einfache‘ – Gedankenstrich … und 50 % Rabatt für 5 €.\n\n" +
		strings.Repeat("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ist ein langes Wort, das umbrochen werden muss. ", 6)
	in.Findings[1].Description = "Ελληνικά: Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. Кириллица: Съешь же ещё этих мягких французских булок, да выпей чаю. " +
		"Dvořák, Łódź, İstanbul, Reykjavík, Đà Nẵng, e\u0301 composed.\n\nالعربية: مرحبا بالعالم، هذا نص تجريبي 123 للاختبار.\n\nעברית: שלום עולם (בדיקה) 42.\n\nहिन्दी, ไทย, 한국어 입니다."
	return in
}

func foreignInput() *Input {
	in := fewFindings()
	in.Language = "zh-CN"
	in.Session.Name = "二〇二六年门户网站渗透测试报告"
	in.Client.Name = "北京示例科技有限公司"
	in.Asset.Name = "客户门户"
	in.Findings[0].Title = "搜索表单中的 SQL 注入漏洞"
	in.Findings[0].Description = strings.Repeat("搜索表单将其输入直接拼接到SQL语句中而不进行绑定。未登录的攻击者可以读取每个表的内容。", 12) + "\n\n- 日本語：検索フォームはSQL文に入力をそのまま入れる。\n- 한국어: 검색 양식은 입력을 바인딩하지 않습니다.\n\n| 参数 | 可注入 | 技术 |\n|---|---|---|\n| 查询 | 是 | 联合查询、布尔盲注 |\n\n```\n代码: SELECT * FROM 用户 WHERE 名称 = '值'\n┌──────┬──────┐\n│ port │ state│\n└──────┴──────┘\n```\n"
	in.Findings[0].Impact = "**所有客户数据**都可以被读取和更改。"
	return in
}

// hostileInput has texts that were made to break a page.
func hostileInput() *Input {
	in := plainInput()
	in.Brand.Name = strings.Repeat("Brand", 20)
	in.Session.Name = strings.Repeat("W", 255)
	in.Client.Name = strings.Repeat("Very Long Client Name ", 11)
	wide := "|" + strings.Repeat(" column |", 30) + "\n|" + strings.Repeat("---|", 30) + "\n"
	for range 5 {
		wide += "|" + strings.Repeat(" value-with-some-length |", 30) + "\n"
	}
	eight := "|" + strings.Repeat(" a heading |", 8) + "\n|" + strings.Repeat("---|", 8) + "\n"
	for range 60 {
		eight += "|" + strings.Repeat(" some words and averyveryverylongwordwithoutspaces |", 8) + "\n"
	}
	deepList, deepQuote := "", ""
	for i := range 30 {
		deepList += strings.Repeat("  ", i) + "- level " + strings.Repeat("deep ", 8) + "\n"
		deepQuote += strings.Repeat("> ", i+1) + "quoted\n"
	}
	code := "```\n"
	for i := range 300 {
		code += fmt.Sprintf("%03d\tif (x[%d] != %q) { return strcpy(buffer, argv[%d]); }\n", i, i, strings.Repeat("A", i), i)
	}
	code += "```\n"
	controls := "nul:\x00 bell:\x07 escape:\x1b[31m zero\u200bwidth\u200c\u200d\ufeff soft\u00adhyphen \u202eesrever\u202c \u2066isolate\u2069 \U0001F600 \U00020000 \U000E0041 \uFFFE \uE000 \U0010FFFF \u0301\u0301\u0301 a\u0300\u0301\u0302\u0303\u0304\u0305 bad:\xff\xfe end"
	for plane := rune(0); plane <= 16; plane++ {
		for r := plane<<16 | 0x20; r < plane<<16|0x10000; r += 997 {
			if r < 0xD800 || r > 0xDFFF {
				controls += " " + string(r)
			}
		}
	}
	for i, text := range []string{
		strings.Repeat("x", 20000), wide, eight, deepList, deepQuote, code, controls, strings.Repeat("#", 6) + " heading\n\n# " + strings.Repeat("long heading ", 60) + "\n\ntext",
		"[x](javascript:alert(1)) <script>alert(1)</script> <https://" + strings.Repeat("a", 2000) + ">\n\n<div onclick=x>\nblock **html**\n</div>\n\n&lt;b&gt; &#x202e; \\*no\\* `" + strings.Repeat("code", 400) + "`",
		strings.Repeat("word ", 4000), strings.Repeat("**a *b ", 2000), strings.Repeat("[", 9000) + strings.Repeat("]", 9000), strings.Repeat(">", 20000), strings.Repeat("- ", 10000),
		"| one |\n|---|\n| " + strings.Repeat("cell that goes on ", 900) + " |\n", "1. \n2. \n\n999999999. item\n", "```\n```\n\n    \n\n---\n---\n\n***", "\u202e", strings.Repeat("ｗｉｄｅ　", 500),
	} {
		in.Findings = append(in.Findings, Finding{ID: fmt.Sprint(i), Number: fmt.Sprintf("FND-%d", i), Title: cut(strings.Repeat("Title"+string(rune('A'+i)), 120), 500), Description: text, Risk: Word{"odd", strings.Repeat("Wide label ", 10), "#ff0"}, Status: open, Location: strings.Repeat("l", 2048), Created: at, Updated: at})
	}
	return in
}
