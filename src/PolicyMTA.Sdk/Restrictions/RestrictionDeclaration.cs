namespace PolicyMTA.Sdk;

/// <summary>A restriction that a loaded plugin offers, bound to the services of a generation. An immutable value.</summary>
/// <param name="Name">Its Postfix name.</param>
/// <param name="Context">The least context type it works with.</param>
/// <param name="Plugin">The plugin that declared it, for messages.</param>
/// <param name="Create">Makes one: an <see cref="IRestriction{TContext}"/> of <paramref name="Context"/>. May throw <see cref="ConfigurationException"/>.</param>
public sealed record RestrictionDeclaration(string Name, Type Context, string Plugin, Func<RestrictionArguments, object> Create);
