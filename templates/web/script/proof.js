/* The small sum before a form is sent, where the site asks for one: a number with which the SHA-256 of
   STAMP:ADDRESS:NUMBER begins with enough zero bits. crypto.subtle is not there without https, hence our own. */
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
const ROUNDS = primes.map((prime) => fraction(Math.cbrt(prime)));
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

function sha256(bytes) {
  const size = ((bytes.length + 8) >> 6) + 1;
  const padded = new Uint8Array(size * 64);
  padded.set(bytes);
  padded[bytes.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(size * 64 - 4, bytes.length * 8);
  const state = START.slice(), w = new Int32Array(64);
  const turned = (x, by) => (x >>> by) | (x << (32 - by));
  for (let block = 0; block < size; block++) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(block * 64 + i * 4);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)) + w[i - 7] + (turned(b, 17) ^ turned(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] = (state[i] + value) | 0; });
  }
  return state;
}

function leadingZeros(state) {
  let bits = 0;
  for (const word of state) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

async function prove(text, bits) {
  const encoder = new TextEncoder();
  for (let number = 0; ; number++) {
    if (leadingZeros(sha256(encoder.encode(text + ':' + number))) >= bits) return String(number);
    if (number % 2000 === 1999) await new Promise((go) => setTimeout(go)); /* the page stays alive */
  }
}

for (const form of document.querySelectorAll('form[data-proof]')) {
  const bits = Number(form.dataset.proof);
  if (!bits) continue;
  form.addEventListener('submit', async (event) => {
    const button = event.submitter;
    if (button && button.formAction.includes('/preview')) return;
    event.preventDefault();
    const said = button ? button.textContent : '';
    if (button) { button.disabled = true; button.textContent = form.dataset.busy; }
    const typed = form.elements.address.value.trim().replace(/\s+/g, ' ');
    form.elements.proof.value = await prove(form.elements.stamp.value + ':' + typed, bits);
    form.submit();
    if (button) { button.disabled = false; button.textContent = said; }
  });
}
