// A demonstration that runs, as the tests and the screenshots see it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import net from "node:net";

export class Demo {
  // Starts `restante demo` and waits until it says that it is ready.
  static async start(binary, language) {
    const demo = new Demo();
    demo.lines = [];
    demo.logins = [];
    demo.waiting = [];
    demo.child = spawn(binary, ["demo"], {
      env: { PATH: process.env.PATH, LANG: language, TMPDIR: process.env.TMPDIR ?? "/tmp" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    demo.errors = "";
    demo.child.stderr.on("data", (text) => (demo.errors += text));
    demo.ended = new Promise((resolve) => demo.child.on("exit", (code) => resolve(code)));
    createInterface({ input: demo.child.stdout }).on("line", (line) => demo.take(line));
    await Promise.race([
      demo.line(/^ready/),
      demo.ended.then((code) => {
        throw new Error(`the demo ended with ${code}:\n${demo.errors}`);
      }),
    ]);
    demo.web = demo.find(/^web (\S+)/)[1];
    const [, host, port] = demo.find(/^smtp (\S+):(\d+)/);
    demo.smtp = { host, port: Number(port) };
    for (const line of demo.lines) {
      const login = /^login (\S+) (\S+)/.exec(line);
      if (login) demo.logins.push({ name: login[1], password: login[2] });
    }
    return demo;
  }

  take(line) {
    this.lines.push(line);
    this.waiting = this.waiting.filter(({ pattern, resolve }) => {
      const found = pattern.exec(line);
      if (found) resolve(found);
      return !found;
    });
  }

  find(pattern) {
    for (const line of this.lines) {
      const found = pattern.exec(line);
      if (found) return found;
    }
    throw new Error(`no line like ${pattern}:\n${this.lines.join("\n")}`);
  }

  // The line that is like `pattern`, from line `from` on, also one that is still to come.
  line(pattern, from = 0) {
    for (const line of this.lines.slice(from)) {
      const found = pattern.exec(line);
      if (found) return Promise.resolve(found);
    }
    return new Promise((resolve) => this.waiting.push({ pattern, resolve }));
  }

  login(name) {
    const login = this.logins.find((login) => login.name === name);
    if (!login) throw new Error(`no login for ${name}`);
    return login;
  }

  async stop() {
    this.child.kill("SIGTERM");
    return this.ended;
  }

  // One transaction by hand; gives the replies. What is sent may be anything.
  async say(lines) {
    const socket = net.connect(this.smtp);
    const replies = createInterface({ input: socket });
    const next = () =>
      new Promise((resolve, reject) => {
        const take = (line) => {
          if (line[3] === "-") return;
          replies.off("line", take);
          resolve(line);
        };
        replies.on("line", take);
        socket.once("error", reject);
        socket.once("close", () => resolve("closed"));
      });
    const said = [await next()];
    for (const line of lines) {
      const reply = next();
      socket.write(line + "\r\n");
      said.push(await reply);
    }
    socket.destroy();
    return said;
  }
}
