// Served beside our modules, brought by npm: a script that leaves `window.vkBridge`.
declare module "*/vk-bridge.min.js";
