// Runs fox-wamp at the port it is given: fox-wamp.js FOLDER PORT.
const [folder, port] = process.argv.slice(2);
const Router = require(`${folder}/node_modules/fox-wamp`);
new Router().listenWAMP({ port: Number(port), host: "127.0.0.1" });
