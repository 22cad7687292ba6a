package story

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"time"
)

// The doorbell's clip: real bytes that any player shows, small enough to be
// made whenever the story is told. It is MP4 (ISO/IEC 14496-12 and -14) with
// one picture a second, each a JPEG.
const (
	clipWidth, clipHeight = 176, 144
	clipSeconds           = 12
)

// clipStart is when the recording begins: 23:52:07 on Thursday.
var clipStart = time.Date(2026, 10, 29, 23, 52, 7, 0, time.UTC)

// clip returns the file.
func clip() []byte {
	var frames [][]byte
	for n := range clipSeconds {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, clipFrame(n), &jpeg.Options{Quality: 70}); err != nil {
			panic("story: " + err.Error())
		}
		frames = append(frames, b.Bytes())
	}
	ftyp := box("ftyp", []byte("mp42\x00\x00\x00\x00mp42isom"))
	media := box("mdat", frames...)
	moov := clipMovie(frames, 0)
	// Its length does not depend on where the pictures begin.
	moov = clipMovie(frames, uint32(len(ftyp)+len(moov)+8))
	return bytes.Join([][]byte{ftyp, moov, media}, nil)
}

// clipFrame draws a door by night and who stands there from the third second
// on, with the recorder's clock in the corner.
func clipFrame(n int) image.Image {
	img := image.NewGray(image.Rect(0, 0, clipWidth, clipHeight))
	fill := func(x0, y0, x1, y1 int, c uint8) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(color.Gray{c}), image.Point{}, draw.Src)
	}
	fill(0, 0, clipWidth, clipHeight, 24)
	fill(0, 110, clipWidth, clipHeight, 46) // the step
	fill(8, 14, 58, 110, 70)                // the frame of the door
	fill(14, 20, 52, 110, 34)
	if n >= 2 {
		x := max(96, 150-8*n)
		fill(x, 56, x+26, 112, 92) // a coat
		fill(x+6, 38, x+20, 56, 120)
		if n >= 6 {
			fill(x-18, 70, x, 88, 150) // what is held up
		}
	}
	at := clipStart.Add(time.Duration(n) * time.Second).Format("15:04:05")
	for i, c := range at {
		for row, bits := range clipDigits[c] {
			for k := range 3 {
				if bits>>(2-k)&1 == 1 {
					x, y := 96+9*i+2*k, 6+2*row
					fill(x, y, x+2, y+2, 235)
				}
			}
		}
	}
	return img
}

// clipDigits are three by five dots each.
var clipDigits = map[rune][5]uint8{
	'0': {7, 5, 5, 5, 7}, '1': {2, 6, 2, 2, 7}, '2': {7, 1, 7, 4, 7}, '3': {7, 1, 7, 1, 7}, '4': {5, 5, 7, 1, 1},
	'5': {7, 4, 7, 1, 7}, '6': {7, 4, 7, 5, 7}, '7': {7, 1, 2, 2, 2}, '8': {7, 5, 7, 5, 7}, '9': {7, 5, 7, 1, 7}, ':': {0, 2, 0, 2, 0},
}

// box is a box of ISO base media.
func box(typ string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, typ...), body...)
}

// words32 writes numbers of 32 bits.
func words32(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// clipMovie is what says where the pictures are and how long each is shown.
func clipMovie(frames [][]byte, first uint32) []byte {
	const (
		scale     = 1000 // units of time a second
		since1904 = 2_082_844_800
	)
	made, length := uint32(clipStart.Unix()+since1904), uint32(len(frames)*scale)
	matrix := words32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
	sizes := words32(0, 0, uint32(len(frames)))
	places := words32(0, uint32(len(frames)))
	at := first
	for _, f := range frames {
		sizes = append(sizes, words32(uint32(len(f)))...)
		places = append(places, words32(at)...)
		at += uint32(len(f))
	}
	// An elementary stream of still JPEGs: object type 0x6c, visual.
	config := []byte{0x04, 13, 0x6c, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	es := append([]byte{0, 0, 0, 0, 0x03, byte(3 + len(config) + 3), 0, 1, 0}, config...)
	es = append(es, 0x06, 1, 2)
	entry := bytes.Join([][]byte{
		{0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 16), binary.BigEndian.AppendUint16(nil, clipWidth), binary.BigEndian.AppendUint16(nil, clipHeight),
		words32(0x480000, 0x480000, 0), {0, 1}, make([]byte, 32), {0, 24, 0xff, 0xff}, box("esds", es),
	}, nil)
	table := box("stbl",
		box("stsd", words32(0, 1), box("mp4v", entry)),
		box("stts", words32(0, 1, uint32(len(frames)), scale)),
		box("stsc", words32(0, 1, 1, 1, 1)),
		box("stsz", sizes), box("stco", places))
	media := box("mdia",
		box("mdhd", words32(0, made, made, scale, length), []byte{0x55, 0xc4, 0, 0}),
		box("hdlr", words32(0, 0), []byte("vide"), make([]byte, 12), []byte("door\x00")),
		box("minf", box("vmhd", words32(1, 0, 0)), box("dinf", box("dref", words32(0, 1), box("url ", words32(1)))), table))
	track := box("trak",
		box("tkhd", words32(3, made, made, 1, 0, length, 0, 0, 0, 0), matrix, words32(clipWidth<<16, clipHeight<<16)), media)
	text := func(typ, s string) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(len(s)))
		return box(typ, append(b, 0x15, 0xc7), []byte(s))
	}
	return box("moov",
		box("mvhd", words32(0, made, made, scale, length, 0x10000), []byte{1, 0}, make([]byte, 10), matrix, make([]byte, 24), words32(2)),
		track,
		box("udta", text("\xa9mak", "Lantern"), text("\xa9mod", "VD-2 doorbell"), text("\xa9swr", "4.1.7")))
}
