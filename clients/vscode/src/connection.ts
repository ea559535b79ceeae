// The language client, and what is special about ours.

import * as vscode from 'vscode';
import {
    type ConfigurationParams,
    DidChangeConfigurationNotification,
    CloseAction,
    ErrorAction,
    LanguageClient,
    type LanguageClientOptions,
    RevealOutputChannelOn,
    State,
    type StaticFeature,
} from 'vscode-languageclient/node';

import type { Place, ProofPage, ProofView } from './proof';
import { withProgress } from './progress';
import type { ProjectPython } from './python';
import type { ServerStatus, StatusItem } from './status';

export class Connection implements vscode.Disposable {
    private client: LanguageClient | undefined;
    private program = '';
    private readonly disposables: vscode.Disposable[];

    constructor(
        private readonly context: vscode.ExtensionContext,
        private readonly output: vscode.LogOutputChannel,
        private readonly status: StatusItem,
        private readonly proofs: ProofView,
        private readonly python: ProjectPython,
    ) {
        this.disposables = [
            python.onDidChange(() => this.client?.sendNotification(DidChangeConfigurationNotification.type, { settings: null })),
        ];
    }

    get isRunning(): boolean {
        return this.client?.state === State.Running;
    }

    /** Run `program`, unless it runs already; with `restart` anew in any case. */
    async start(program: string, restart: boolean): Promise<void> {
        if (this.client !== undefined && !restart && program === this.program) {
            return;
        }
        // At once: another call, while the one before ends, finds that this is under way.
        const before = this.client;
        this.program = program;
        const client = this.made(program);
        this.client = client;
        this.status.starting();
        await this.ended(before);
        try {
            await client.start();
        } catch (error) {
            this.output.error(String(error));
            this.status.failed();
        }
    }

    /** Run a command of the server; the proof is shown in a view of our own. */
    async execute<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
        if (this.client === undefined || !this.isRunning) {
            void vscode.window.showInformationMessage('Speedproof is not running. Its status bar item says why.');
            return undefined;
        }
        if (command === 'speedproof.showProof') {
            await this.showProof(args[0] as Place);
            return undefined;
        }
        return (await withProgress(this.client, command, args)) as T;
    }

    dispose(): void {
        vscode.Disposable.from(...this.disposables).dispose();
        void this.ended(this.client);
        this.client = undefined;
    }

    private async ended(client: LanguageClient | undefined): Promise<void> {
        if (client !== undefined && client.state !== State.Stopped) {
            await client.dispose().catch((error: unknown) => this.output.warn(String(error)));
        }
    }

    private made(program: string): LanguageClient {
        const options: LanguageClientOptions = {
            documentSelector: ['file', 'untitled'].map((scheme) => ({ scheme, language: 'python' })),
            outputChannel: this.output,
            // What goes wrong is in the log, and the status bar shows it: no message for what the user has not asked for.
            revealOutputChannelOn: RevealOutputChannelOn.Never,
            errorHandler: {
                // Of a message that could not be written. Where the server has died `closed` follows; to give up after
                // some of them, as is usual, would be to stay down.
                error: () => ({ action: ErrorAction.Continue, handled: true }),
                // Begun anew, silently, unless it ends again and again.
                closed: async () => {
                    const what = await usual.closed();
                    return { ...what, handled: what.action === CloseAction.Restart };
                },
            },
            middleware: {
                executeCommand: (command, args) => this.execute(command, ...(args as unknown[])),
                workspace: { configuration: (params) => this.settings(params) },
            },
        };
        // The server finds the project by the file, so it needs no working directory; that of a workspace is not safe.
        // Without a transport, for which the client would add an argument; stdin and stdout are the default.
        const run = { command: program, args: ['serve'], options: { cwd: this.context.extensionPath } };
        const client = new LanguageClient('speedproof', 'Speedproof', run, options);
        const usual = client.createDefaultErrorHandler();
        client.registerFeature(OURS);
        client.onNotification('$/speedproof/status', (status: ServerStatus) => this.status.show(status));
        client.onDidChangeState(({ newState }) => {
            if (this.client !== client) {
                return;
            }
            if (newState === State.Running) {
                this.status.running();
            } else if (newState === State.Starting) {
                this.status.starting();
            } else {
                this.status.failed();
            }
        });
        return client;
    }

    private async showProof(place: Place): Promise<void> {
        const page = await this.execute<ProofPage | null>('speedproof.proofPage', place);
        if (page) {
            await this.proofs.show(place, page);
        }
    }

    /** What the user has set, and nothing else: a default would take precedence over the project's own settings. */
    private async settings(params: ConfigurationParams): Promise<unknown[]> {
        const configuration = vscode.workspace.getConfiguration('speedproof');
        const values: Record<string, unknown> = {};
        for (const key of serverSettings(this.context)) {
            const found = configuration.inspect(key);
            values[key] = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue ?? null;
        }
        values['python'] ||= (await this.python.path()) || null;
        return params.items.map((item) => (item.section === 'speedproof' ? values : null));
    }
}

/** The keys of those that are the server's: what scripts/vscode_settings.py has made of its schema. */
function serverSettings(context: vscode.ExtensionContext): string[] {
    const sections = (context.extension.packageJSON as { contributes: { configuration: Section[] } }).contributes.configuration;
    return sections
        .filter((section) => section.title !== 'Extension')
        .flatMap((section) => Object.keys(section.properties))
        .map((key) => key.replace(/^speedproof\./, ''));
}

interface Section {
    title: string;
    properties: Record<string, unknown>;
}

/** What this client can do beyond the protocol; see docs/protocol.md. */
const OURS: StaticFeature = {
    fillClientCapabilities(capabilities) {
        capabilities.experimental = {
            ...(capabilities.experimental as object | undefined),
            commands: { commands: ['speedproof.askHint'] },
            statusNotification: true,
        };
    },
    initialize() {},
    getState: () => ({ kind: 'static' }),
    clear() {},
};
