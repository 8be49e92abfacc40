// Reads UDP datagrams with the npm package `osc`: prints the port, then one line of JSON a message, until `COUNT` came.
// node osc_read.cjs COUNT
"use strict";
const dgram = require("dgram");
const osc = require("osc/src/osc.js"); // the reader alone: the package's front door also wants serial ports

const count = Number(process.argv[2]);
let seen = 0;
function tell(packet) {
  for (const inner of packet.packets || []) tell(inner);
  if (!packet.address || seen >= count) return;
  console.log(JSON.stringify([packet.address, [].concat(packet.args === undefined ? [] : packet.args)]));
  seen += 1;
}
const socket = dgram.createSocket("udp4");
socket.on("message", (data) => {
  tell(osc.readPacket(data, { metadata: false }));
  if (seen >= count) socket.close();
});
socket.bind(0, "127.0.0.1", () => console.log(socket.address().port));
