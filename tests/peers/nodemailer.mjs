// nodemailer: one letter, described in JSON on standard input, octets in base64.

import nodemailer from "nodemailer";
import { readFileSync } from "node:fs";

const letter = JSON.parse(readFileSync(0, "utf8"));
const transport = nodemailer.createTransport({
  host: letter.host,
  port: letter.port,
  name: "nodemailer.example",
  requireTLS: letter.tls,
  ignoreTLS: !letter.tls,
  tls: { rejectUnauthorized: false },
  auth: letter.auth,
  // Or it would send without a login where none is offered.
  forceAuth: letter.auth !== undefined,
});
const sent = await transport.sendMail({
  envelope: { from: letter.sender, to: letter.recipients, use8BitMime: true },
  raw: Buffer.from(letter.content, "base64"),
});
if (sent.rejected.length > 0) {
  throw new Error(`refused: ${sent.rejected.join(" ")}`);
}
