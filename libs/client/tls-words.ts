const unknown =
  "its certificate is signed by nobody who is trusted here; AMBERWATCH_SERVER_CA names the file of its authority's certificate";
const noTls = 'it does not speak TLS on this port; use http://';
const noClient =
  'it asks for a certificate of this client that it trusts; AMBERWATCH_CLIENT_CERT and AMBERWATCH_CLIENT_KEY name its files';

/** By Node's codes (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const words: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; one of the two clocks may be wrong',
  CERT_SIGNATURE_FAILURE: unknown,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknown,
  SELF_SIGNED_CERT_IN_CHAIN: unknown,
  UNABLE_TO_GET_ISSUER_CERT: unknown,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknown,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknown,
};

/** By OpenSSL's own sentences: the code is `EPROTO` where something was being written meanwhile. */
const sentences: [RegExp, string][] = [
  [/wrong version number|packet length too long/, noTls],
  [/alert (certificate required|bad certificate|unknown ca)/, noClient],
];

/** What TLS failed at, for people and with the way out; undefined where something else failed. */
export function tlsWords(error: NodeJS.ErrnoException): string | undefined {
  if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { reason = '' } = error as { reason?: string };
    return `its certificate is for another name (${reason.slice(0, 300)})`;
  }
  const { code = '', message } = error;
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return words[code];
  return sentences.find(([sentence]) => sentence.test(message))?.[1];
}
