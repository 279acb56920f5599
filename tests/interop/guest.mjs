// guest.mjs LIBRARY URL REALM AUTHID KEY: a guest of a desk, with `autobahn` or `wampy`, which logs in by
// `cryptosign` with the private key KEY.
//
// Says in a line each as whom it has joined, or why not; what the desk is called; and what it may not do. Which
// certificate it trusts besides those of the system, NODE_EXTRA_CA_CERTS says.

const [library, url, realm, authid, secret] = process.argv.slice(2);
const { open } = await import(`./${library}.mjs`);

const visit = async () => {
  const peer = await open(url, realm, "json", { method: "cryptosign", authid, secret });
  const { principal } = peer;
  console.log(`joined as ${principal.authid} (${principal.authrole}) by ${principal.authmethod}`);
  const status = await peer.call("org.deskconn.daemon.status");
  console.log(`at ${status.kwargs.name}`);
  await peer.call("org.deskconn.daemon.devices").catch(({ uri }) => console.log(`may not: ${uri}`));
  await peer.leave();
};

await visit().catch(() => console.log("refused"));
process.exit();
