using Jint.Native;
using Jint.Runtime.Interop;
using MimeKit;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;
using static PolicyMTA.Policy.Scripting.ScriptArguments;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>The received message, as policies see it. The bytes stay what they are: changes are recorded on <see cref="IMessage"/>.</summary>
internal static class MessageObject
{
    // How much of a message is looked into for its text; the rest is attachments.
    private const int MaxParsed = 1 << 20;

    private static readonly JsObjectLayout Layout = JsObjectLayout.CreateBuilder()
        .Add("size").AddLazy("headers", static (_, state) => ((State)state!).Headers())
        .AddLazy("parts", static (_, state) => ((State)state!).Parts())
        .Add("header").Add("text").Add("add_header").Add("change_header").Add("remove_header")
        .Build();

    private static readonly Record Header = new("HeaderField", "name: string", "/** Unfolded, not decoded. */ value: string");
    private static readonly Record Part = new(
        "Part", "/** What its sender calls it. */ filename: string | null", "/** What its sender says it is. */ type: string",
        "/** What its first bytes say it is. */ detected_type: string | null", "/** Bytes, decoded. */ size: number", "sha256: string",
        "/** Nobody can look into it without a key. */ encrypted: boolean");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
    [
        Header.Declaration,
        Part.Declaration,
        new(
            "Message", "size: number", "headers: HeaderField[]", "/** What is attached, attached messages looked into; archives are not opened. */ parts: Part[]",
            "/** The first field of that name. */ header(name: string): string | null",
            "/** The text body, at most so many characters. */ text(max?: number): string",
            "add_header(name: string, value: string, options?: { top?: boolean }): void",
            "/** Replaces the n-th field of that name, from 1; adds it when there are fewer. */ change_header(name: string, value: string, occurrence?: number): void",
            "/** Removes every field of that name; gives the number removed. */ remove_header(name: string): number"),
    ];

    public static JsObject Create(ScriptEngine script, IMessage message)
    {
        var state = new State(script, message);
        return JsObject.Create(
            script.Engine, Layout,
            [
                JsNumber.Create(message.Size), null!, null!,
                new ClrFunction(script.Engine, "header", (_, a) => Record.Text(Unfold(message.FindHeader(Text(script.Engine, a, 0, "the name"))?.Value))),
                new ClrFunction(script.Engine, "text", (_, a) => state.Text(a)),
                new ClrFunction(script.Engine, "add_header", (_, a) => state.Add(a)),
                new ClrFunction(script.Engine, "change_header", (_, a) => state.Change(a)),
                new ClrFunction(script.Engine, "remove_header", (_, a) => JsNumber.Create(message.RemoveHeader(Text(script.Engine, a, 0, "the name")))),
            ],
            state);
    }

    private static string? Unfold(string? value) => value?.Replace("\r\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();

    private sealed class State(ScriptEngine script, IMessage message)
    {
        public JsValue Headers() => new JsArray(script.Engine, [.. message.Headers.Select(h => Header.Create(script.Engine, Record.Text(h.Name), Record.Text(Unfold(h.Value))))]);

        public JsValue Parts()
        {
            try
            {
                var left = script.Pump.Left;
                using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, script.Services.Time);
                using var raw = message.OpenRead();
                return new JsArray(script.Engine, [.. MessageParts.Read(raw, deadline.Token).Select(part => Part.Create(
                    script.Engine, Record.Text(part.FileName), Record.Text(part.Type), Record.Text(part.DetectedType), JsNumber.Create(part.Size), Record.Text(part.Sha256),
                    part.IsEncrypted ? JsBoolean.True : JsBoolean.False))]);
            }
            catch (FormatException error)
            {
                throw Mistake(script.Engine, error.Message);
            }
            catch (OperationCanceledException)
            {
                throw new RuleBudgetException("took too long");
            }
        }

        public JsValue Text(JsValue[] arguments)
        {
            var max = ToInt32(Math.Clamp(OptionalNumber(script.Engine, arguments.At(0), "max") ?? 64 * 1024, 0, script.Limits.StringLength / 4));
            var text = ParseText();
            return text.Length > max ? text[..max] : text;
        }

        public JsValue Add(JsValue[] arguments)
        {
            var options = OptionalObject(script.Engine, arguments.At(2), "the third argument", "top");
            var atTop = options?.Get("top") is { } top && Jint.Runtime.TypeConverter.ToBoolean(top);
            Change(() => message.AddHeader(Name(arguments), Value(arguments), atTop));
            return JsValue.Undefined;
        }

        public JsValue Change(JsValue[] arguments)
        {
            var occurrence = ToInt32(OptionalNumber(script.Engine, arguments.At(2), "the occurrence") ?? 1);
            Change(() => message.ChangeHeader(Name(arguments), Math.Max(1, occurrence), Value(arguments)));
            return JsValue.Undefined;
        }

        private string Name(JsValue[] arguments) => ScriptArguments.Text(script.Engine, arguments, 0, "the name");

        private string Value(JsValue[] arguments) => ScriptArguments.Text(script.Engine, arguments, 1, "the value");

        private void Change(Action change)
        {
            try
            {
                change();
            }
            catch (ArgumentException)
            {
                throw Mistake(script.Engine, "that can't stand in a header section");
            }
        }

        private string ParseText()
        {
            using var raw = message.OpenRead();
            using var bounded = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while (bounded.Length < MaxParsed && (read = raw.Read(buffer)) > 0) bounded.Write(buffer, 0, read);
            bounded.Position = 0;
            try
            {
                var parsed = MimeMessage.Load(bounded);
                return parsed.TextBody ?? parsed.HtmlBody ?? "";
            }
            catch (FormatException)
            {
                return "";
            }
        }
    }
}
