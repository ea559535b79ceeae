// The proof: the two texts side by side, and beside them the evidence, a page that the server has made.

import * as vscode from 'vscode';

const SCHEME = 'speedproof';

export interface Place {
    uri: string;
    qualname: string;
}

/** As in docs/protocol.md. */
export interface ProofPage {
    title: string;
    html: string;
    before: string;
    after: string | null;
}

export class ProofView implements vscode.Disposable, vscode.TextDocumentContentProvider {
    private readonly texts = new Map<string, string>();
    private readonly changed = new vscode.EventEmitter<vscode.Uri>();
    private readonly disposables: vscode.Disposable[];
    private panel: vscode.WebviewPanel | undefined;
    readonly onDidChange = this.changed.event;

    constructor() {
        this.disposables = [
            this.changed,
            vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
            vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString())),
        ];
    }

    async show(place: Place, page: ProofPage): Promise<void> {
        const isNew = this.panel === undefined;
        this.panel ??= this.opened();
        this.panel.title = page.title;
        // No scripts: the page is complete without. Its own policy, which the server has put in, lets nothing be loaded.
        this.panel.webview.html = page.html;
        if (page.after === null) {
            this.panel.reveal();
            return;
        }
        if (isNew) {
            // Below, not beside: two texts side by side need the whole width.
            await vscode.commands.executeCommand('workbench.action.moveEditorToBelowGroup');
            await vscode.commands.executeCommand('workbench.action.focusAboveGroup');
        } else {
            this.panel.reveal(undefined, true);
        }
        const [before, after] = [this.text(place, 'before', page.before), this.text(place, 'after', page.after)];
        const start = new vscode.Position(firstDifference(page.before, page.after), 0);
        const options = { preview: true, selection: new vscode.Range(start, start) };
        await vscode.commands.executeCommand('vscode.diff', before, after, page.title, options);
    }

    provideTextDocumentContent(uri: vscode.Uri): string {
        return this.texts.get(uri.toString()) ?? '';
    }

    dispose(): void {
        this.panel?.dispose();
        vscode.Disposable.from(...this.disposables).dispose();
    }

    private opened(): vscode.WebviewPanel {
        const panel = vscode.window.createWebviewPanel('speedproof.proof', 'Speedproof', vscode.ViewColumn.Active, {
            enableScripts: false,
            enableFindWidget: true,
            localResourceRoots: [],
        });
        panel.onDidDispose(() => (this.panel = undefined));
        return panel;
    }

    private text(place: Place, side: string, text: string): vscode.Uri {
        // With the file's name, by which the editor knows the language.
        const file = vscode.Uri.parse(place.uri).path;
        const uri = vscode.Uri.from({ scheme: SCHEME, authority: side, path: file, query: place.qualname });
        this.texts.set(uri.toString(), text);
        this.changed.fire(uri);
        return uri;
    }
}

/** The first line in which they differ. */
function firstDifference(before: string, after: string): number {
    const [ones, others] = [before.split('\n'), after.split('\n')];
    return Math.max(0, ones.findIndex((line, index) => line !== others[index]));
}
