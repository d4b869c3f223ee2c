import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSignature, createKeyPair, parseSignature, signCertificate } from '../../src/privacy/signature.ts';

const CERTIFICATE = Buffer.from('{"epsilon":1}\n');
const officer = createKeyPair();

describe('signature', () => {
  it('verifies with the officer’s public key, and names it', () => {
    const signature = signCertificate(CERTIFICATE, officer.privateKey);
    expect(checkSignature(CERTIFICATE, signature, officer.publicKey)).toBe(officer.id);
    expect(checkSignature(CERTIFICATE, parseSignature(JSON.stringify(signature), 'signature.json'))).toBe(officer.id);
  });

  it('of a changed certificate is refused', () => {
    const signature = signCertificate(CERTIFICATE, officer.privateKey);
    for (const key of [officer.publicKey, undefined]) {
      expect(() => checkSignature(Buffer.from('{"epsilon":2}\n'), signature, key)).toThrow('does not match');
    }
  });

  it('by another key is refused, also when the embedded key is exchanged', () => {
    const other = createKeyPair();
    const signature = signCertificate(CERTIFICATE, other.privateKey);
    expect(() => checkSignature(CERTIFICATE, signature, officer.publicKey)).toThrow('not by the given key');
    const forged = { ...signature, publicKey: signCertificate(CERTIFICATE, officer.privateKey).publicKey };
    expect(() => checkSignature(CERTIFICATE, forged, officer.publicKey)).toThrow('does not match');
  });

  it('keys of another kind, private keys given as public, and texts are refused', () => {
    const signature = signCertificate(CERTIFICATE, officer.privateKey);
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect(() => checkSignature(CERTIFICATE, signature, officer.privateKey)).toThrow('holds a private key');
    expect(() => checkSignature(CERTIFICATE, signature, rsa.publicKey)).toThrow('no Ed25519 public key');
    expect(() => checkSignature(CERTIFICATE, signature, 'hello')).toThrow('no Ed25519 public key');
    expect(() => signCertificate(CERTIFICATE, rsa.privateKey)).toThrow('no Ed25519 private key');
    expect(() => signCertificate(CERTIFICATE, officer.publicKey)).toThrow('no Ed25519 private key');
  });

  it('files that are no signature are refused', () => {
    const signature = signCertificate(CERTIFICATE, officer.privateKey);
    const bad = [
      {},
      { ...signature, signature: 'AAAA' },
      { ...signature, more: 1 },
      { ...signature, algorithm: 'rsa' },
    ];
    for (const value of bad) {
      expect(() => parseSignature(JSON.stringify(value), 'signature.json')).toThrow('not a Tabveil signature');
    }
  });
});
