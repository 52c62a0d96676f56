using System.Text;
using PolicyMTA.Policy.Scripting;
using PolicyMTA.Policy.Scripting.Contexts;
using PolicyMTA.Policy.Testing;

namespace PolicyMTA.Policy.Types;

/// <summary>Writes <c>policymta.d.ts</c>: what policies can import and what their functions get, from the declarations that the engine is made of.</summary>
public static class PolicyTypes
{
    private const string Start = """
        // Made by `policymta types`: what a policy can import and what its functions get. Editors read this file; the server does not.

        declare module 'policymta' {
          /** What a rule says. Made only by the functions below. */
          export interface Verdict { readonly __verdict: unique symbol }
          /** A restriction of a plugin, ready to stand in a list. */
          export interface Restriction { readonly __restriction: unique symbol }
          /** What rule(), per_recipient() and warn_if_reject() make. */
          export interface MadeRule { readonly __rule: unique symbol }
          /** '50ms', '2s', '5m', '1h', '1d', '1w'. */
          export type Duration = string;
          export interface Refusal { code?: number; status?: string }
          /** Where a recipient goes, and how; what is left out stays as it would be. */
          export interface RouteOptions {
            transport?: string;
            nexthop?: string;
            priority?: 'high' | 'normal' | 'low';
            /** How old the message is when it is first tried. */
            not_before?: Duration;
            /** How old the message is when it is given up. */
            expire?: Duration;
            tls?: 'none' | 'may' | 'encrypt' | 'verify' | 'secure';
            /** An address of this machine. */
            source?: string;
            /** A section [pools.NAME]. */
            pool?: string;
          }
          /** Nothing is dunno(). */
          export type Answer = Verdict | (Verdict | null | undefined)[] | null | undefined | void;
          export type RuleFunction<C = any> = (context: C) => Answer | Promise<Answer>;
          export type Rule = Restriction | MadeRule | RuleFunction;


        """;

    private const string PerRecipient = """
          /** In per_recipient. */
          export interface PerRecipientContext extends EndOfDataContext { recipient: Recipient }

        """;

    /// <summary>The declarations inside, in the order they are written.</summary>
    internal static IReadOnlyList<TypeDeclaration> Declarations { get; } =
    [
        .. SessionObjects.Declarations,
        .. EnvelopeObjects.Declarations,
        .. MessageObject.Declarations,
        .. DeliveryObjects.Declarations,
        .. DnsFunctions.Declarations,
        .. CounterFunctions.Declarations,
        HostFunctions.LogDeclaration,
        .. ContextTypes.Declarations,
    ];

    /// <summary>The text of the file.</summary>
    public static string Write(IEnumerable<RestrictionSignature> restrictions)
    {
        ArgumentNullException.ThrowIfNull(restrictions);
        var text = new StringBuilder(Start);
        foreach (var declaration in VerdictFunctions.Declarations.Concat(PolicyModule.Declarations)) text.Append($"  {Exported(declaration)};\n");
        text.Append('\n');
        var members = restrictions.OrderBy(r => r.Name, StringComparer.Ordinal).Select(r => $"{r.Name}({r.Parameters}): Restriction");
        new TypeDeclaration("Restrictions", [.. members]) { Comment = "By their Postfix names." }.Write(text);
        foreach (var declaration in Declarations) declaration.Write(text);
        return text.Append(PerRecipient).Append("}\n").Append(PolicyTestFile.Resource("policytest.d.ts")).ToString();
    }

    // The comment goes before the keyword.
    private static string Exported(string declaration)
    {
        const string commentEnd = "*/ ";
        var start = declaration.StartsWith("/**", StringComparison.Ordinal) ? declaration.IndexOf(commentEnd, StringComparison.Ordinal) + commentEnd.Length : 0;
        return $"{declaration[..start]}export {declaration[start..]}";
    }
}
