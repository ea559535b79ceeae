// The interface of ms-python.python as far as it is used: the interpreter that the user has chosen.

const vscode = require('vscode');

exports.activate = () => {
    const changed = new vscode.EventEmitter();
    let chosen = process.env.TEST_PYTHON;
    return {
        environments: {
            getActiveEnvironmentPath: () => ({ id: chosen, path: chosen }),
            resolveEnvironment: async ({ path }) => ({ executable: { uri: vscode.Uri.file(path) } }),
            onDidChangeActiveEnvironmentPath: changed.event,
        },
        choose(path) {
            chosen = path;
            changed.fire({});
        },
    };
};
